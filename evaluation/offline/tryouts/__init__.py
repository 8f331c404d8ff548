"""Try-outs: unsaved text put to a model for a few cases, beside what production serves."""
