"""Words that every layer shares; knows NumPy and the standard library only."""
