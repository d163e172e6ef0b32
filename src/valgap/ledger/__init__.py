"""The gap between training and validation figure, row by row, on a copy of the model."""
