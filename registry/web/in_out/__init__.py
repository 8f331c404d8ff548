"""The pages on which prompts come in and go out."""
