"""The ledger: what each label served, of one prompt and of a whole project."""
