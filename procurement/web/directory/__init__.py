"""Pages of the directory of organisations that may take over functions, and of their grades and credit records."""
