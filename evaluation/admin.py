"""What the admin site lists of evaluation: golden datasets and runs, for looking."""

from evaluation.web.lists import datasets, runs

__all__ = ["datasets", "runs"]
