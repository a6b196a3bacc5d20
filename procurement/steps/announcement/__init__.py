"""Step 1: the announcement, its statutory periods, its published versions."""
