"""`manage.py watch [--now 2026-03-02T12:00:00Z --project replay]`: look at rollouts once."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime

from evaluation.online.watch.tick import tick_all, watched
from registry.domain.errors import Refused
from registry.projects.models import Project
from registry.release.models import Tick


class Command(BaseCommand):
    """Does what the worker does each minute, and prints what it saw."""

    help = "Look at the rollouts under way once. With --now, on the clock of a sandbox project."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the moment and the project."""
        parser.add_argument("--now", help="a time such as 2026-03-02T12:00:00Z; sandbox only")
        parser.add_argument("--project", help="slug; only its rollouts")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, and say what each rollout's answer is."""
        project = _project(options["project"])
        now = _moment(options["now"]) if options["now"] else None
        rollouts = watched(project)
        try:
            tick_all(now, project)
        except Refused as refused:
            raise CommandError(str(refused)) from None
        rows = Tick.objects.filter(rollout__in=rollouts).select_related(
            "rollout__version", "rollout__prompt__project"
        )
        for row in rows.order_by("rollout"):
            rollout = row.rollout
            self.stdout.write(
                f"{rollout.prompt.project.slug} {rollout.prompt} {rollout.version.semver}, "
                f"{rollout.get_state_display()} at {rollout.percent} %: {row.answer}. "
                f"{row.reasons[0]}"
            )
        if not rollouts:
            self.stdout.write("No rollout is under way.")


def _project(slug: str | None) -> Project | None:
    if slug is None:
        return None
    project = Project.objects.filter(slug=slug, hidden_at=None).first()
    if project is None:
        raise CommandError(f"There is no project {slug!r}.")
    return project


def _moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise CommandError("Write the time with its zone, such as 2026-03-02T12:00:00Z.")
    return moment
