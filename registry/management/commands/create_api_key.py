"""`manage.py create_api_key --project demo --scopes read --labels production,staging`"""

import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.domain.errors import Refused
from registry.projects.models import Project
from registry.release.models_serving import LabelName
from registry.runtime.key_format import SCOPES
from registry.runtime.keys import NewKey, create_key


class Command(BaseCommand):
    """Makes a key and prints it: the only time that it is shown."""

    help = "Make an API key of a project and print it, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the project, the scopes and labels, and how long the key lives."""
        parser.add_argument("--project", required=True, help="slug of the project")
        parser.add_argument("--scopes", default="read", help=f"any of {','.join(SCOPES)}")
        parser.add_argument(
            "--labels", default=",".join(LabelName.values), help="what it may read; default: all"
        )
        parser.add_argument("--name", default="made by command", help="the application using it")
        parser.add_argument("--expires-days", type=int, help="days until it expires; default never")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the key as the operator of this server."""
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            known = ", ".join(Project.objects.order_by("slug").values_list("slug", flat=True))
            raise CommandError(f"There is no project {options['project']!r}. There are: {known}.")
        days = options["expires_days"]
        try:
            new = create_key(
                project,
                name=options["name"],
                scopes=_words(options["scopes"]),
                labels=_words(options["labels"]),
                actor=Actor.system("operator"),
                expires_at=None if days is None else database_now() + timedelta(days=days),
            )
        except (Refused, OverflowError) as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(json.dumps(described(new)) if options["json"] else lines(new))


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def described(new: NewKey) -> dict[str, Any]:
    """Return the key as `--json` prints it."""
    public, secret = new.langfuse_pair
    return {
        "id": new.key.public_id,
        "key": new.secret,
        "project": new.key.project.slug,
        "scopes": new.key.scopes,
        "labels": new.key.labels,
        "expires_at": new.key.expires_at and new.key.expires_at.isoformat(),
        "langfuse": {"public_key": public, "secret_key": secret},
    }


def lines(new: NewKey) -> str:
    """Return the key as it is printed for people."""
    public, secret = new.langfuse_pair
    return (
        f"id:                  {new.key.public_id}\n"
        f"key:                 {new.secret}\n"
        f"Langfuse public key: {public}\n"
        f"Langfuse secret key: {secret}\n"
        "The key is not shown again."
    )
