"""The departments, for the system administrator: what they are called, and where they are found."""
