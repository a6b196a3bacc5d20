"""One matter, one plan; the line of six steps; approval by the joint conference."""
