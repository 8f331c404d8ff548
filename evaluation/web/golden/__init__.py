"""The pages of golden datasets: cases to read and edit, comparison, export, a case from a run."""
