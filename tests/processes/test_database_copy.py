"""Copies of a SQLite database: whole, private, and refused when they are not ours."""

import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from promptcms.database_copy import CopyError, check_ours, copy_database, rename_database

FIRST = ("registry", "0001_initial")


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Path]:
    """A database in WAL mode with one migration, whose writer stays connected."""
    path = tmp_path / "source.sqlite3"
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE django_migrations (app, name)")
        writer.execute("INSERT INTO django_migrations VALUES (?, ?)", FIRST)
        writer.execute("CREATE TABLE pair (a, b)")
        writer.commit()
        yield path


def test_a_copy_made_while_somebody_writes_is_whole(source: Path, tmp_path: Path) -> None:
    stop = threading.Event()

    def write_pairs() -> None:
        with closing(sqlite3.connect(source, timeout=20)) as writer:
            number = 0
            while not stop.is_set():
                with writer:
                    number += 1
                    writer.execute("INSERT INTO pair VALUES (?, NULL)", (number,))
                    writer.execute("UPDATE pair SET b = a WHERE a = ?", (number,))

    thread = threading.Thread(target=write_pairs)
    thread.start()
    for number in range(5):
        copy_database(source, tmp_path / f"copy{number}")
    stop.set()
    thread.join()
    with closing(sqlite3.connect(tmp_path / "copy4")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT count(*) FROM pair WHERE b IS NULL").fetchone() == (0,)
        assert copy.execute("SELECT count(*) FROM pair").fetchone()[0] > 0


def test_a_copy_is_one_private_file_and_never_overwrites(source: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy_database(source, copy)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.glob("copy*")] == ["copy"]
    with pytest.raises(CopyError, match="exists already"):
        copy_database(source, copy)


def test_only_a_database_of_this_product_counts_as_a_backup(source: Path, tmp_path: Path) -> None:
    copy_database(source, tmp_path / "good")
    check_ours(tmp_path / "good", {FIRST})
    (tmp_path / "text").write_text("not a database")
    with closing(sqlite3.connect(tmp_path / "foreign")) as foreign:
        foreign.execute("CREATE TABLE django_migrations (app, name)")
        foreign.commit()
    for name, said in [
        ("absent", "There is no file"),
        ("text", "no whole backup"),
        ("foreign", "no backup of promptcms"),
    ]:
        with pytest.raises(CopyError, match=said):
            check_ours(tmp_path / name, {FIRST})


def test_a_backup_of_a_newer_version_is_refused(source: Path, tmp_path: Path) -> None:
    copy_database(source, tmp_path / "copy")
    with pytest.raises(CopyError, match="newer promptcms"):
        check_ours(tmp_path / "copy", set())


def test_a_damaged_backup_is_refused(source: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(source)) as writer, writer:
        writer.executemany("INSERT INTO pair VALUES (?, ?)", [("x" * 500, "y")] * 500)
    copy_database(source, tmp_path / "copy")
    with (tmp_path / "copy").open("r+b") as file:
        file.seek(40_000)
        file.write(b"\xff" * 40_000)
    with pytest.raises(CopyError, match="damaged|no whole backup"):
        check_ours(tmp_path / "copy", {FIRST})


def test_a_database_moves_with_its_companions(source: Path, tmp_path: Path) -> None:
    assert source.with_name("source.sqlite3-wal").exists()
    rename_database(source, tmp_path / "aside")
    assert not list(tmp_path.glob("source*"))
    with closing(sqlite3.connect(tmp_path / "aside")) as moved:
        assert moved.execute("SELECT app FROM django_migrations").fetchall() == [("registry",)]
