"""The lessons of Explore: a sound and settings in, pictures, numbers and sounds out, one function a step.

`outline` is the table of steps, `step` says what one is, both light to import; `view` is what a step returns.
Pictures are values here: `ui` draws them as HTML and `plotting` as PNG.
Imports audio, data, effects, evaluation, features, inference, models, wording, types and zoo.
For plotting and service.
"""
