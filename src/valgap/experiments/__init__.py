"""Suspects put to the test: fits made again in pairs, with and without a cause."""
