"""All runs of a folder in a browser: served on this machine alone, and to its user alone."""
