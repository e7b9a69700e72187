"""Draws the images of the demo library; knows no library and no features."""
