"""What a prompt is evaluated with, and what a project says for all its prompts, as forms."""
