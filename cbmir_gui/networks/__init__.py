"""Keras architectures as code and trained weights on disk; knows no images or files."""
