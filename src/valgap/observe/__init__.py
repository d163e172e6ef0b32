"""Live objects of Keras, and logs, to evidence; nothing of the user's is changed."""
