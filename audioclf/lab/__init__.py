"""Questions to loaded models: stress, sweep, occlusion, explanation. Imports inference, effects and what lies below."""
