"""Compare two versions of a prompt, or a draft with a version."""
