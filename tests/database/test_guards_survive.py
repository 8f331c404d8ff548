"""A later migration rebuilds a guarded table, and the guards are there again after it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

import registry.migrations
from promptcms import guards
from registry.prompts.models import Version
from tests import stages

NEXT = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "{last}")]
    operations = [
        migrations.AlterField("version", "digest", models.CharField(max_length=128)),
        migrations.AlterField("release", "risk", models.CharField(blank=True, max_length=9)),
    ]
"""
REAL = sorted(path.stem for path in Path(registry.migrations.__path__[0]).glob("0*.py"))


@pytest.fixture
def migrations(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let the app's migrations be read from a folder that begins with the real ones."""
    folder = tmp_path / "later_migrations"
    folder.mkdir()
    (folder / "__init__.py").touch()
    for name in REAL:
        (folder / f"{name}.py").write_text(
            "from importlib import import_module\n"
            f'Migration = import_module("registry.migrations.{name}").Migration\n'
        )
    monkeypatch.syspath_prepend(tmp_path)
    settings.MIGRATION_MODULES = {"registry": folder.name}
    yield folder
    call_command("migrate", "registry", REAL[-1], verbosity=0)


def declared() -> set[str]:
    return {guards.PREFIX + rule.name for rule in guards.all_rules()}


@pytest.mark.django_db(transaction=True)
def test_guards_survive_a_migration_that_alters_guarded_tables(migrations: Path) -> None:
    world = stages.world()
    version = stages.saved(world, stages.prompt_named(world))
    (migrations / "9999_next.py").write_text(NEXT.format(last=REAL[-1]))
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
