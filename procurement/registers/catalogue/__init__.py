"""The catalogue: what may be bought, what may never be bought, and which functions may be transferred."""
