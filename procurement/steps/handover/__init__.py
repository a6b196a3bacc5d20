"""Step 4: the handover list, signed by three."""
