"""What people do in step 5: deliver and accept, then request and pay."""
