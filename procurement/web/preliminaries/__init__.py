"""Pages of what is public before an announcement."""
