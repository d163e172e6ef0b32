"""What is measured beside the ledger, once, on a clone and a bounded sample, for all checks."""
