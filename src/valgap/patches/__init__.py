"""Remedies as changes of the user's own source: text in, text out, and one file a remedy."""
