"""The window, the only package that knows Qt; it never computes."""
