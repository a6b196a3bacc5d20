"""The three people who hold what opens the bids, any two of them together: a room that the first two steps look back to."""
