"""What can be said of a fit from its log alone: states and noise, never causes."""
