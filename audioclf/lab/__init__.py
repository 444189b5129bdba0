"""Questions to loaded models: stress, sweep, occlusion, explanation. Imports inference and effects."""
