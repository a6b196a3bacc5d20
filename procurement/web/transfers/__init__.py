"""Pages of a transfer: list, page, plan, evaluation."""
