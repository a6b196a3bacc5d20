"""Documents: printed, then read back by other hands."""
