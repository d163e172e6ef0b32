"""Readers of the rows of a split, in two views, without disturbing the script."""
