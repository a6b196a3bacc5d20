"""What is made public before an announcement: the intention to buy, and the reasons for a single source."""
