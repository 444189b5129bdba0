"""Recipe + recordings -> checkpoint: augmentation, background sounds, pools and training jobs.

Imports audio, effects, features, models, tasks, data, zoo, atomic, disk, processes, types, version and wording.
For evaluation and cli.
"""
