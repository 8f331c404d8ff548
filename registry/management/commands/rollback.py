"""`manage.py rollback support/system --reason "Wrong prices" [--project shop] [--to 2.3.1]`"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.domain.errors import Refused
from registry.prompts.models import Prompt, Version
from registry.prompts.queries import find_version
from registry.release.rollback import roll_back
from registry.runtime.read_back import read_back


class Command(BaseCommand):
    """Ends the rollout of a prompt, or returns production to what it served before."""

    help = "Roll a prompt back: end its rollout, or return production to an earlier version."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the prompt, why, and where to."""
        parser.add_argument("name", help="name of the prompt")
        parser.add_argument("--project", help="slug; needed if several projects have the name")
        parser.add_argument("--to", help="a version that production served, like 2.3.1")
        parser.add_argument("--reason", required=True, help="one sentence for the ledger")

    def handle(self, *args: Any, **options: Any) -> None:
        """Roll back as the operator of this server."""
        if not options["reason"].strip():
            raise CommandError("Say why, in one sentence: --reason '…'.")
        prompt = _prompt(options["name"], options["project"])
        try:
            serving = roll_back(
                prompt,
                actor=Actor.system("operator"),
                reason=options["reason"].strip(),
                now=database_now(),
                to=_version(prompt, options["to"]) if options["to"] else None,
            )
        except Refused as refused:
            raise CommandError(str(refused)) from None
        served = serving.semver if serving else "nothing"
        self.stdout.write(f"{prompt} in {prompt.project.slug}: production serves {served}.")
        back = read_back(prompt, actor=Actor.system("operator"), now=database_now())
        (self.stdout if back.is_well else self.stderr).write(back.words)


def _prompt(name: str, slug: str | None) -> Prompt:
    found = Prompt.objects.select_related("project").filter(name=name, project__hidden_at=None)
    if slug:
        found = found.filter(project__slug=slug)
    prompts = list(found.order_by("project__slug"))
    if not prompts:
        where = f"in the project {slug!r}" if slug else "in any project"
        raise CommandError(f"There is no prompt {name!r} {where}.")
    if len(prompts) > 1:
        slugs = ", ".join(prompt.project.slug for prompt in prompts)
        raise CommandError(f"Several projects have {name!r}. Add --project with one of: {slugs}.")
    return prompts[0]


def _version(prompt: Prompt, semver: str) -> Version:
    version = find_version(prompt, semver)
    if version is None:
        raise CommandError(f"{prompt} has no version {semver}. Write it like 2.3.1.")
    return version
