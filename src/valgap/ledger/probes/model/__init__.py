"""What is measured of the model: heads, layers, gradients, rates, attention, predictions."""
