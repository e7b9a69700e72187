"""The grid of hits and what can be done with them; it never searches."""
