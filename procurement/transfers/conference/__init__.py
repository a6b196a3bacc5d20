"""The joint conference: agenda, attendance, recusals, votes, resolutions, minutes."""
