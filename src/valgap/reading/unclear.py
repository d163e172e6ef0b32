"""What draws the same curve: the causes that a log cannot tell from each other."""

from __future__ import annotations

GAP = (
    "rows learned by heart, moving statistics of batch normalisation, a validation pipeline "
    "unlike the training one (scaling, order, preprocessing), validation rows that are shifted, "
    "mislabelled or not paired with their labels, and dropout or other noise layers"
)
JUMPS = (
    "few validation rows, moving statistics of batch normalisation, random transforms in the "
    "validation pipeline and a learning rate too high"
)
BETTER = (
    "dropout, augmentation and penalties that only training pays, the mean over a moving epoch, "
    "class weights, and validation rows that are easier or were trained on"
)
FLAT = (
    "a fit that has arrived, and one that is kept from more: penalties, noise, pooling, inputs "
    "without the fact that is asked for, labels that do not belong to their rows"
)
STILL = (
    "a learning rate too low or too high, a head that does not suit its loss, dead units, "
    "inputs out of scale, labels that do not belong to their rows, and weights that had come "
    "as far before the first epoch was over"
)
CONSTANT = (
    "one answer for all rows, moving statistics that are off, a head that does not suit its "
    "labels, and a validation split of one kind"
)
NON_FINITE = "values in the rows, a learning rate too high, and a logarithm, root or division at 0"
