"""Two recorded fits against each other: what differs, and whether the second is better."""
