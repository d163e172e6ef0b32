"""Pages of all runs, and of two of them side by side."""
