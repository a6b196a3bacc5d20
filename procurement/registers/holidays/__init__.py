"""The State Council's yearly holiday notices, as they are entered; and what they changed of dates that had been told."""
