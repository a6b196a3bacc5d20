"""What people do in step 2: bid, review, award."""
