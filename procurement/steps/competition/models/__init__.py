"""What there is in step 2: bids, then the review of them."""
