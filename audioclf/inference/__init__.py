"""Clip -> Prediction: models loaded, windows cut, answers pooled and worded. Imports zoo and what lies below."""
