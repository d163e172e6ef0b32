"""The protocol that finds what helps and says by how much. No Keras but in an engine."""
