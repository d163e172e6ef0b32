"""What was found, given back to where the user keeps the figures of a fit."""
