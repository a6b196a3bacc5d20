"""What leaves the system: facts first, then ink. One printing press, and the documents that use it."""
