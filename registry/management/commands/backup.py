"""`manage.py backup FILE`: a whole copy of the database, while everything runs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from promptcms.database_copy import CopyError, copy_database

ON_POSTGRESQL = """This database is PostgreSQL, which has its own tool. Run:
  pg_dump --format=custom --file={file} --dbname="$DATABASE_URL\""""


class Command(BaseCommand):
    """Copies the SQLite database to FILE; people may go on working meanwhile."""

    help = "Copy the database to FILE, safely while everything runs (SQLite)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the file."""
        parser.add_argument("file", type=Path, help="a file that does not exist yet")

    def handle(self, *, file: Path, **options: Any) -> None:
        """Write FILE, or say why not."""
        if not settings.USES_SQLITE:
            raise CommandError(ON_POSTGRESQL.format(file=file))
        try:
            copy_database(Path(connection.settings_dict["NAME"]), file)
        except CopyError as error:
            raise CommandError(str(error)) from None
        size = file.stat().st_size / 1024
        self.stdout.write(f"{file}: {size:.0f} KiB. It holds password hashes: keep it private.")
