"""Measured figures, as ratios: `python -m bench [NAME...]`."""
