"""`manage.py index_prompts`: write anew what lists and the search find prompts by."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from registry.prompts.models import Prompt
from registry.release.entry import BATCH, write_entries


class Command(BaseCommand):
    """Goes through all prompts in short transactions; can be repeated at any time."""

    help = "Write the words of every prompt anew, for lists and search."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the rows and print how many."""
        count = last = 0
        while True:
            with transaction.atomic():
                some = list(
                    Prompt.objects.select_for_update(no_key=True)
                    .filter(pk__gt=last)
                    .order_by("pk")[:BATCH]
                )
                write_entries(some)
            if not some:
                break
            count, last = count + len(some), some[-1].pk
        self.stdout.write(f"{count} prompts can be found by their names and texts.")
