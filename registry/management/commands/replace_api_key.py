"""`manage.py replace_api_key 3z293Gj5 --old-ends-days 7 --reason "Quarterly rotation."`"""

import json
from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.domain.errors import Refused
from registry.management.commands.create_api_key import described, lines
from registry.runtime.models import ApiKey
from registry.runtime.replace_key import replace_key


class Command(BaseCommand):
    """Makes the key that takes the place of another one, and prints it: only this once."""

    help = "Replace an API key: print a new one with its name, scopes and labels; both live."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the key by its id, say when the two end and why."""
        parser.add_argument("id", help="the 8 characters in the middle of the key")
        parser.add_argument(
            "--old-ends-days", type=int, help="days until the old key ends; default never"
        )
        parser.add_argument("--expires-days", type=int, help="days until the new one ends")
        parser.add_argument("--reason", default="Replaced by command.", help="why, for the trail")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Replace the key as the operator of this server."""
        key = ApiKey.objects.select_related("project").filter(public_id=options["id"]).first()
        if key is None:
            raise CommandError(
                f"There is no key {options['id']!r}. Its id is the part of 8 characters in the "
                "middle, as the page API keys shows it."
            )
        try:
            new = replace_key(
                key,
                actor=Actor.system("operator"),
                reason=options["reason"],
                expires_at=_after(options["expires_days"]),
                old_ends_at=_after(options["old_ends_days"]),
            )
        except (Refused, OverflowError) as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(json.dumps(described(new)) if options["json"] else lines(new))


def _after(days: int | None) -> datetime | None:
    return None if days is None else database_now() + timedelta(days=days)
