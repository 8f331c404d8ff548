"""A later migration rebuilds a guarded table, and the guards are there again after it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from promptcms import guards
from registry.prompts.models import Version
from tests import stages

NEXT = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]
    operations = [
        migrations.AlterField("version", "digest", models.CharField(max_length=128)),
        migrations.AlterField("release", "risk", models.CharField(blank=True, max_length=9)),
    ]
"""


@pytest.fixture
def migrations(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let the app's migrations be read from a folder that begins with the real first one."""
    folder = tmp_path / "later_migrations"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "0001_initial.py").write_text(
        "from importlib import import_module\n"
        'Migration = import_module("registry.migrations.0001_initial").Migration\n'
    )
    monkeypatch.syspath_prepend(tmp_path)
    settings.MIGRATION_MODULES = {"registry": folder.name}
    yield folder
    call_command("migrate", "registry", "0001_initial", verbosity=0)


def declared() -> set[str]:
    return {guards.PREFIX + rule.name for rule in guards.all_rules()}


@pytest.mark.django_db(transaction=True)
def test_guards_survive_a_migration_that_alters_guarded_tables(migrations: Path) -> None:
    world = stages.world()
    version = stages.saved(world, stages.prompt_named(world))
    (migrations / "0002_next.py").write_text(NEXT)
    call_command("migrate", "registry", verbosity=0)
    assert length_of(Version, "digest") == 128, "the migration altered nothing"
    assert declared() <= guards.existing(connection)
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        Version.objects.filter(pk=version.pk).update(change_reason="Another.")


def length_of(model: type[Version], column: str) -> int | None:
    """Return how long a column may be by the database itself."""
    with connection.cursor() as cursor:
        rows = connection.introspection.get_table_description(cursor, model._meta.db_table)
    return next(row.display_size or row.internal_size for row in rows if row.name == column)
