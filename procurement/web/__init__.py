"""Pages, forms, buttons, refusals and the command line: the only floor that knows Flask."""
