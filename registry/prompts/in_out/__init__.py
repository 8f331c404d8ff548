"""Prompts in and out: files become prompts, histories are adopted, a project becomes files."""
