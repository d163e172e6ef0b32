"""Experiments that train: one file each."""
