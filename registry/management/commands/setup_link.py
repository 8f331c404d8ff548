"""`manage.py setup_link`: a link with which the first person of an installation begins."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from registry.projects.setup import setup_link


class Command(BaseCommand):
    """Prints a one-time link while nobody can sign in; earlier links end with it."""

    help = "Print the link that makes the first person and project of an empty installation."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the link, or say that somebody can sign in already."""
        link = setup_link(settings.PUBLIC_URL)
        if link is None:
            raise CommandError("Somebody can sign in already: an admin invites more people.")
        self.stdout.write(link)
