"""Changes of a published announcement until its deadline, which concern those who have bid already."""
