"""Pages of the joint conference: its meetings, their agenda, votes, resolutions, minutes."""
