"""`manage.py check_eval_thresholds --min-faithfulness 0.75 --min-relevance 0.80`"""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from evaluation.ci.check import check
from evaluation.ci.main import exit_code_of
from evaluation.ci.options import add_check, check_asked


class Command(BaseCommand):
    """Says by its exit code whether results hold: 0 yes, 1 no, 3 undecided, 4 no verdict."""

    help = "Hold the results of evaluate_prompts to a bar."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the options of `promptcms check`."""
        add_check(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, and exit by the outcome."""
        asked = check_asked(options)
        sys.exit(exit_code_of(lambda: check(asked, folder=Path(), tell=self.stdout.write)))
