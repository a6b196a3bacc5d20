"""The directory of organisations that may take over functions: applications, conditions, notice, listing."""
