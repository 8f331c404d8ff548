"""The report of a run: the page, its live progress, its files, and what people do about it."""
