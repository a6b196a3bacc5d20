"""Step 1: the announcement, its statutory periods, and the holder of the key that bids are sealed to."""
