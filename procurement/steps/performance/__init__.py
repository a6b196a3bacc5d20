"""Step 5: milestones reported, accepted and paid."""
