"""The diagnosis bench: cases, the truth about each, and what is said of them."""
