"""What lists and the search find a prompt by, and the indexes that keep them fast.

Words are looked up in an index of the database's own: FTS5 on SQLite, GIN on PostgreSQL.
"""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from registry.domain.search import folder_of, line_of, texts_in

# The words are plain already, so every sign but a space belongs to one. The triggers keep
# FTS5's index beside the table that it reads; two and three letters are asked for most.
SQLITE = (
    """
    CREATE VIRTUAL TABLE registry_promptwords USING fts5(
        words, content='registry_promptentry', content_rowid='prompt_id', detail=none,
        prefix='2 3', tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'")
    """,
    """
    CREATE TRIGGER words_of_new_entry AFTER INSERT ON registry_promptentry BEGIN
        INSERT INTO registry_promptwords(rowid, words) VALUES (NEW.prompt_id, NEW.words);
    END
    """,
    """
    CREATE TRIGGER words_of_gone_entry AFTER DELETE ON registry_promptentry BEGIN
        INSERT INTO registry_promptwords(registry_promptwords, rowid, words)
        VALUES ('delete', OLD.prompt_id, OLD.words);
    END
    """,
    """
    CREATE TRIGGER words_of_changed_entry AFTER UPDATE OF words ON registry_promptentry BEGIN
        INSERT INTO registry_promptwords(registry_promptwords, rowid, words)
        VALUES ('delete', OLD.prompt_id, OLD.words);
        INSERT INTO registry_promptwords(rowid, words) VALUES (NEW.prompt_id, NEW.words);
    END
    """,
)
# Names are ASCII: compared byte by byte a folder is one stretch of the index, whatever the
# language of the database.
POSTGRESQL = (
    'ALTER TABLE registry_prompt ALTER COLUMN name TYPE varchar(128) COLLATE "C"',
    'ALTER TABLE registry_promptentry ALTER COLUMN folder TYPE varchar(128) COLLATE "C"',
    """
    ALTER TABLE registry_promptentry ADD COLUMN word_vector tsvector
        GENERATED ALWAYS AS (array_to_tsvector(string_to_array(words, ' '))) STORED
    """,
    "CREATE INDEX entry_by_word ON registry_promptentry USING gin (word_vector)",
)


def make_word_index(apps: Any, schema_editor: Any) -> None:
    """Make the database's own index over the words."""
    statements = SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL
    for statement in statements:
        schema_editor.execute(statement)


def drop_word_index(apps: Any, schema_editor: Any) -> None:
    """Remove what goes with no table of ours: SQLite keeps its index in one of its own."""
    if schema_editor.connection.vendor == "sqlite":
        for name in ("new", "gone", "changed"):
            schema_editor.execute(f"DROP TRIGGER words_of_{name}_entry")
        schema_editor.execute("DROP TABLE registry_promptwords")


def fill(apps: Any, schema_editor: Any) -> None:
    """Write the row of every prompt there is."""
    entry = apps.get_model("registry", "PromptEntry")
    label = apps.get_model("registry", "Label")
    for prompt in apps.get_model("registry", "Prompt").objects.iterator():
        shown = {v.pk: v for v in prompt.versions.order_by("-revision")[:1]}
        served = label.objects.filter(prompt=prompt, name="production").select_related("version")
        shown |= {row.version_id: row.version for row in served}
        entry.objects.create(
            prompt=prompt,
            project_id=prompt.project_id,
            folder=folder_of(prompt.name),
            archived=prompt.archived_at is not None,
            words=line_of(
                prompt.project_id,
                names=[prompt.name, prompt.title, *prompt.aliases.values_list("name", flat=True)],
                tags=prompt.tags,
                texts=[text for v in shown.values() for text in texts_in(v.content)],
            ),
        )


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_authoring")]

    operations = [
        migrations.CreateModel(
            name="PromptEntry",
            fields=[
                (
                    "prompt",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="entry",
                        serialize=False,
                        to="registry.prompt",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="registry.project",
                    ),
                ),
                (
                    "folder",
                    models.CharField(
                        help_text="The name up to its last slash, with it: support/eu/.",
                        max_length=128,
                    ),
                ),
                ("archived", models.BooleanField(default=False)),
                ("words", models.TextField(help_text="See registry.domain.search.")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["project", "archived", "folder"], name="entry_by_folder")
                ],
            },
        ),
        migrations.AddIndex("prompt", models.Index(fields=["name", "id"], name="prompt_by_name")),
        migrations.AddIndex(
            "prompt",
            models.Index(
                fields=["archived_at"],
                name="prompt_by_archived",
                condition=models.Q(archived_at__isnull=False),
            ),
        ),
        migrations.AddIndex(
            "version",
            models.Index(fields=["major", "minor", "patch"], name="version_by_number"),
        ),
        migrations.AddIndex("version", models.Index(fields=["digest"], name="version_by_digest")),
        migrations.AddIndex(
            "release", models.Index(fields=["state", "prompt", "version"], name="release_waiting")
        ),
        migrations.AddIndex(
            "rollout", models.Index(fields=["state", "prompt"], name="rollout_by_state")
        ),
        migrations.AddIndex(
            "label", models.Index(fields=["name", "moved_at", "prompt"], name="label_by_age")
        ),
        migrations.RunPython(make_word_index, drop_word_index),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
