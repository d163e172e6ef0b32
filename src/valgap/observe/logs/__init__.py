"""Readers of training logs: one file a form, each known by its content."""
