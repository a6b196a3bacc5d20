"""Who and what exists: people, access, audit, files, notices, catalogue, organisations, communities."""
