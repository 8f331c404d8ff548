"""System checks: what is unsafe or missing, each with an id and its cure."""
