"""Measure a model on labelled images, and look at the figures; computes none."""
