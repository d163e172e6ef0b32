"""Remedies: what `valgap treat` can change in a fit, each in a file of its own."""
