"""CBMIR: content-based medical image retrieval on the desktop."""

__version__ = "0.1.0"
