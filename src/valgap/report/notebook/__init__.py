"""Runs, diagnoses and ledgers as a notebook shows them."""
