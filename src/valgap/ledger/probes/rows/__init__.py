"""What is measured of the rows: inputs, targets, neighbours, references, drift."""
