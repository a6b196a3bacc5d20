"""Pages of step 2: bids, then their review."""
