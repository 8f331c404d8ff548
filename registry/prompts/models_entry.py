"""What lists and the search find a prompt by; one row per prompt, written by the use-cases."""

from django.db import models


class PromptEntry(models.Model):
    """Where a prompt stands in the lists, and its words.

    `registry.release.entry.write_entry` is the only writer; `manage.py index_prompts` makes
    all rows again. The database keeps its own index over `words` (see the migration).
    """

    prompt = models.OneToOneField(
        "registry.Prompt", models.CASCADE, primary_key=True, related_name="entry"
    )
    project = models.ForeignKey("registry.Project", models.CASCADE, related_name="+")
    folder = models.CharField(
        max_length=128, help_text="The name up to its last slash, with it: support/eu/."
    )
    archived = models.BooleanField(default=False)
    words = models.TextField(help_text="See registry.domain.search.")

    class Meta:
        indexes = [
            models.Index(fields=["project", "archived", "folder"], name="entry_by_folder"),
        ]

    def __str__(self) -> str:
        return f"entry of {self.prompt}"
