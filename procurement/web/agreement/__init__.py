"""Pages of step 3."""
