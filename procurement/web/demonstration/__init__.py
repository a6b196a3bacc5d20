"""The demonstration's room: its clock, its cast, its story, and the pages that exist on no other instance."""
