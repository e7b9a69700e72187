"""Asks for work in another process; does not know what the work is."""
