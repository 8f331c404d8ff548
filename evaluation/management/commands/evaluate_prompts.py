"""`manage.py evaluate_prompts --compare-baseline --changed-since origin/main`"""

import subprocess
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from evaluation.ci.main import exit_code_of
from evaluation.ci.options import add_evaluate, evaluate_asked
from evaluation.ci.stored import evaluate_stored, is_stored


class Command(BaseCommand):
    """Evaluates prompt files apart from this installation, or versions that are in it."""

    help = "Evaluate prompts and write eval_results.json."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the options of `promptcms evaluate`."""
        add_evaluate(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Evaluate, and exit 0, 2 or 4; with --gate by the verdict."""
        asked = evaluate_asked(options)
        if not is_stored(asked):
            # Files need an installation of their own, in memory: another process has one.
            command = [sys.executable, "-m", "evaluation.ci.main", "evaluate", *sys.argv[2:]]
            sys.exit(subprocess.run(command, check=False).returncode)
        sys.exit(
            exit_code_of(lambda: evaluate_stored(asked, folder=Path(), tell=self.stdout.write))
        )
