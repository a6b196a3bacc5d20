"""Take-backs (收回): what was handed over comes back to its department, by resolution of the joint conference."""
