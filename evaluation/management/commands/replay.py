"""`manage.py replay [--project replay]`: four rollouts within a minute, to look at."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from evaluation.online.replay.play import Told, play
from registry.audit.clock import database_now
from registry.domain.errors import Refused
from registry.projects.models import Person

SLUG = "replay"


class Command(BaseCommand):
    """Plays a harmless, a harmful, a silent and an attended rollout in a sandbox project."""

    help = "Replay four rollouts on a simulated clock in a new sandbox project, and say where."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the project."""
        parser.add_argument("--project", default=SLUG, help=f"slug of the new project ({SLUG})")

    def handle(self, *args: Any, **options: Any) -> None:
        """Play, then print what each rollout came to and its address."""
        slug = options["project"]
        self.stdout.write(f"Playing in the new sandbox project {slug}; about a minute.")
        try:
            told = play(slug, now=database_now(), say=self.stdout.write)
        except Refused as refused:
            raise CommandError(f"{refused} Name another one with --project.") from None
        for one in told:
            self.stdout.write("")
            self._tell(one)
        if not Person.objects.filter(username="lea", is_demo=True, is_active=True).exists():
            self.stdout.write(
                "\nIts people cannot sign in. To look at it, load the demo first (manage.py demo), "
                "then replay again with another --project."
            )

    def _tell(self, told: Told) -> None:
        rollout, prompt = told.rollout, told.rollout.prompt
        held = ", held" if rollout.held_reason else ""
        said = rollout.held_reason or rollout.tick.reasons[0]
        page = reverse(
            "rollout", args=[rollout.prompt.project.slug, rollout.prompt.name, rollout.pk]
        )
        self.stdout.write(
            f"{prompt} {rollout.version.semver}: {told.scene.story.shows}.\n"
            f"  {rollout.get_state_display()}{held} after {told.calls:,} calls: {said}\n"
            f"  {settings.PUBLIC_URL}{page}"
        )
