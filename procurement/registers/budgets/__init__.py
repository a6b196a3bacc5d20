"""What a department may spend in a year: reserved by a plan, committed by an agreement and its supplements, spent by payments."""
