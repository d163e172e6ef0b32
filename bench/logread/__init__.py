"""Logs with a known cause, and readers of curves beside `valgap read`."""
