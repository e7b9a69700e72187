"""One report on all systems: each row is features measured by the one protocol."""
