"""What the admin site lists of evaluation: golden datasets, judges and runs, for looking."""

from evaluation.web.lists import datasets, judges, runs

__all__ = ["datasets", "judges", "runs"]
