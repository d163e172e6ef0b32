"""Facts of a run to findings: one check a file, named for what it finds."""
