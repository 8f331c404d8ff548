"""`manage.py restore FILE`: return to a backup, keeping what it replaces."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader

from promptcms.database_copy import CopyError, check_ours, copy_database, rename_database
from promptcms.processes.claim import TakenError, claim
from registry.audit.actor import Actor
from registry.release.installation import begin_installation

ON_POSTGRESQL = """This database is PostgreSQL, which has its own tool. Stop all processes, run
  pg_restore --clean --if-exists --dbname="$DATABASE_URL" {file}
  python3 manage.py restore --finish {file}
and start them again."""


class Command(BaseCommand):
    """Puts FILE in the place of the database, under a new installation id."""

    help = "Return to the backup FILE; the replaced database is kept beside the new one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the file."""
        parser.add_argument("file", type=Path, help="a file that `backup` wrote")
        parser.add_argument(
            "--finish",
            action="store_true",
            help="the database is in place already (pg_restore): only migrate, start a new "
            "installation id and verify",
        )

    def handle(self, *, file: Path, finish: bool, **options: Any) -> None:
        """Restore, then verify the audit chains; refuses while `up` runs."""
        if not (settings.USES_SQLITE or finish):
            raise CommandError(ON_POSTGRESQL.format(file=file))
        try:
            with claim(settings.VAR_DIR, "a restore"):
                if not finish:
                    self._replace(Path(connection.settings_dict["NAME"]), file)
                self._finish(file)
        except TakenError as taken:
            raise CommandError(f"promptcms runs ({taken}): stop it first.") from None
        except CopyError as error:
            raise CommandError(str(error)) from None

    def _replace(self, database: Path, file: Path) -> None:
        known = set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
        check_ours(file, known)
        connections.close_all()
        aside = database.with_name(f"{database.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
        rename_database(database, aside)
        try:
            copy_database(file, database)
        except CopyError:
            rename_database(aside, database)
            raise
        self.stdout.write(f"The database is now that of {file}; the one before is {aside}.")

    def _finish(self, file: Path) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        Session.objects.all().delete()
        begin_installation(actor=Actor.system("operator"), reason=f"Restored from {file.name}.")
        self.stdout.write(
            "Everybody signs in again. Keys revoked and people deactivated since the backup "
            "are as they were: look at both before you start. "
            "A web process, worker or beat that still runs goes on with the database from before: "
            "start it anew."
        )
        call_command("verify_audit", stdout=self.stdout, stderr=self.stderr)
