"""Step 2: sealed bids, opening, qualification, panel, ranking, award."""
