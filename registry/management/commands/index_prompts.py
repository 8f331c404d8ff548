"""`manage.py index_prompts`: write anew what lists and the search find prompts by."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from registry.prompts.models import Prompt
from registry.release.entry import write_entry
from registry.release.labels import lock_prompt


class Command(BaseCommand):
    """Goes through all prompts, one short transaction each; can be repeated at any time."""

    help = "Write the words of every prompt anew, for lists and search."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the rows and print how many."""
        count = 0
        for prompt in Prompt.objects.order_by("pk").iterator():
            with transaction.atomic():
                write_entry(lock_prompt(prompt))
            count += 1
        self.stdout.write(f"{count} prompts can be found by their names and texts.")
