"""Step 3: the agreement, from plan and winning bid, confirmed by both parties."""
