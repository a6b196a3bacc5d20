"""Pages of step 6."""
