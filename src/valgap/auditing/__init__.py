"""The audit of a data set before any training, without Keras.

The room is not named `audit`: a package and a function of one name exclude each other.
"""
