"""Finds neighbours of vectors in memory; knows no images."""
