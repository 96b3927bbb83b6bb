"""Measurements of whole processes, as ratios within one run."""
