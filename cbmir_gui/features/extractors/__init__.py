"""One file per extractor; an extractor knows nothing of the others."""
