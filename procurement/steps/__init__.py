"""Six rooms in the order of the law; a later room may look back into an earlier one, an earlier one never forward."""
