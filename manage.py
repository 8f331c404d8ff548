#!/usr/bin/env python3
"""The one door to the product: `up`, `test`, and every Django command.

Runs on the standard library alone until `.venv` exists, then again inside it.
"""

import os
import sys


def main() -> None:
    """Prepare `.venv` if needed, then run the command named on the command line."""
    if sys.version_info < (3, 11):  # noqa: UP036  (before what older Pythons cannot read)
        found = "%d.%d" % sys.version_info[:2]  # noqa: UP031
        sys.stderr.write("promptcms needs Python 3.11 or later; this is Python " + found + ".\n")
        sys.exit(2)
    if os.name != "posix":
        sys.stderr.write("promptcms runs on Linux and macOS; on Windows start it inside WSL.\n")
        sys.exit(2)
    from promptcms import bootstrap

    bootstrap.enter(sys.argv)
    if sys.argv[1:2] == ["test"]:
        from tests import run

        sys.exit(run.main(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "promptcms.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
