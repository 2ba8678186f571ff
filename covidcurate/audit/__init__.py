"""What a check of a dataset comes to: what a change touches, what was known before, and what may be done with it."""
