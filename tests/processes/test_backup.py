"""`backup` and `restore` as an operator runs them, on the folder of a product with data."""

import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.processes.product import Product, manage

DATABASE = "promptcms.sqlite3"


def installation(var: Path) -> str:
    """Return the installation id that clients see."""
    with closing(sqlite3.connect(var / DATABASE)) as database:
        return str(database.execute("SELECT installation FROM registry_generation").fetchone()[0])


def roll_back_support(var: Path) -> str:
    """Change what production serves; return the answer."""
    answer = manage(var, "rollback", "support/system", "--reason", "It answered in verse.")
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


@pytest.mark.slow
def test_a_restore_returns_to_the_backup_under_a_new_installation(
    var: Path, tmp_path: Path
) -> None:
    backup = tmp_path / "backup.sqlite3"
    assert manage(var, "backup", str(backup)).returncode == 0
    before = installation(var)
    said = roll_back_support(var)
    restored = manage(var, "restore", str(backup))
    assert restored.returncode == 0, restored.stderr
    assert "nothing was tampered with" in restored.stdout
    assert installation(var) != before
    again, _, _ = roll_back_support(var).rpartition(" as of ")
    assert again == said.rpartition(" as of ")[0]  # so the first roll-back was undone
    aside = re.search(r"the one before is (\S+)\.$", restored.stdout, re.M)
    assert aside is not None
    assert os.path.exists(aside[1])


@pytest.mark.slow
def test_a_restore_is_refused_while_the_product_runs(running: Product, tmp_path: Path) -> None:
    backup = tmp_path / "backup.sqlite3"
    assert manage(running.var, "backup", str(backup)).returncode == 0
    refused = manage(running.var, "restore", str(backup))
    assert refused.returncode == 1
    assert f"promptcms runs (process {running.process.pid}" in refused.stderr
    assert running.fetch()["label"] == "production"


@pytest.mark.slow
def test_what_is_no_backup_changes_nothing(var: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database")
    before = installation(var)
    refused = manage(var, "restore", str(tmp_path / "notes.txt"))
    assert refused.returncode == 1
    assert "nothing was changed" in refused.stderr
    assert installation(var) == before


@pytest.mark.parametrize(("verb", "tool"), [("backup", "pg_dump"), ("restore", "pg_restore")])
def test_on_postgresql_the_exact_line_of_its_own_tool_is_named(
    tmp_path: Path, verb: str, tool: str
) -> None:
    answer = manage(tmp_path, verb, "my.dump", DATABASE_URL="postgres://nobody@127.0.0.1:1/none")
    assert answer.returncode == 1
    assert re.search(rf"^  {tool} .*my\.dump", answer.stderr, re.M)
    assert '--dbname="$DATABASE_URL"' in answer.stderr
