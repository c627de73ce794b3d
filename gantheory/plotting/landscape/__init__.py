"""Saturation landscapes and their relatives."""
