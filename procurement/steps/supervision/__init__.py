"""Step 6: inspection, expenditure evaluation, closing."""
