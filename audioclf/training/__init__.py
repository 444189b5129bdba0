"""Recipe + recordings -> checkpoint. Imports data, effects, zoo and models; for evaluation and the command line."""
