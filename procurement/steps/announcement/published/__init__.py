"""What there is of an announcement once it is public: its notice in the medium, questions, downloads, and who follows it."""
