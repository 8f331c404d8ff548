"""Samples: the text of single calls, that applications attach: kept for days, and judged."""
