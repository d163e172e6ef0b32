"""Diagnoses, verdicts and treatments as text, HTML, JSON and other forms."""
