"""Frozen records of what was seen, their codec and the run store. No Keras here."""
