"""How often verdicts are right: planted causes, decoys, and an oracle of full-length pairs."""
