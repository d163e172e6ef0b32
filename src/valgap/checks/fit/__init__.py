"""Checks of this family, one file each."""
