"""Social organisations and other undertakers: who they are, and that somebody has verified it."""
