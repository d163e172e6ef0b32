"""What `bench/audit.py` plants faults in, how, and what else looks for them."""
