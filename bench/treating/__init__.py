"""What the benches of treatment have in common: figures, rows, patients, studies, peers."""
