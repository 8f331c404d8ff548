"""`manage.py demo`: load the demo company."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registry.demo.build import build
from registry.demo.people import PEOPLE, SLUG
from registry.demo.summary import sign_in_lines
from registry.projects.models import Person, Project


class Command(BaseCommand):
    """Loads the demo once; refuses where it would meet existing data."""

    help = "Load the demo: a sandbox project with six prompts at every stage and five people."

    def handle(self, *args: Any, **options: Any) -> None:
        """Build it and print the sign-ins."""
        if Project.objects.filter(slug=SLUG).exists():
            raise CommandError("There is a project called demo already; nothing was changed.")
        taken = Person.objects.filter(username__in=PEOPLE).values_list("username", flat=True)
        if taken:
            raise CommandError(f"These sign-in names are taken: {', '.join(taken)}.")
        build()
        self.stdout.write("The demo is loaded. Sign in as:")
        for line in sign_in_lines():
            self.stdout.write(f"  {line}")
