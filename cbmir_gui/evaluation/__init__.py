"""Measures of retrieval as pure functions; knows no files and no networks."""
