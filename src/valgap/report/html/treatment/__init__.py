"""The page of a study: what helps, by how much, and all that was tried."""
