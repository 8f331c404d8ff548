"""`python -m promptcms_client pull` and `types`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from promptcms_client.errors import PromptcmsError
from promptcms_client.settings import Settings, read_settings
from promptcms_client.snapshot import parse_snapshot, pull, read_snapshot, write
from promptcms_client.transport import HttpTransport
from promptcms_client.types_command import types_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code: 0, or 1 with a sentence on standard error."""
    chosen = _parser().parse_args(arguments)
    try:
        if chosen.command == "pull":
            _pull(chosen)
        else:
            _types(chosen)
    except PromptcmsError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        why = error.strerror or type(error).__name__
        message = f"The file {chosen.out} cannot be written ({why}). Choose another by --out."
        print(message, file=sys.stderr)
        return 1
    return 0


def _pull(chosen: argparse.Namespace) -> None:
    content = _asked(chosen)
    write(chosen.out, content)
    snapshot = parse_snapshot(content)
    print(f"{len(snapshot.documents)} prompts at {snapshot.label} are in {chosen.out}.")


def _types(chosen: argparse.Namespace) -> None:
    snapshot = read_snapshot(chosen.snapshot) if chosen.snapshot else parse_snapshot(_asked(chosen))
    text = types_of(snapshot)
    if chosen.out:
        write(chosen.out, text.encode())
    else:
        print(text, end="")


def _asked(chosen: argparse.Namespace) -> bytes:
    """Return the bundle of a label, from the server."""
    settings: Settings = read_settings(label=chosen.label, snapshot="", offline=False)
    return pull(settings, HttpTransport(settings.url), label=settings.label, prefix=chosen.prefix)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="promptcms-client",
        description="Takes prompts from the server named by PROMPTCMS_URL, with PROMPTCMS_KEY.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    pulled = commands.add_parser("pull", help="write a snapshot of all prompts that have a label")
    pulled.add_argument("--out", default=os.environ.get("PROMPTCMS_SNAPSHOT") or "prompts.json")
    typed = commands.add_parser("types", help="print Python types of the prompts' variables")
    typed.add_argument("--snapshot", type=Path, help="read this file and ask no server")
    typed.add_argument("--out", help="write them to this file")
    for command in (pulled, typed):
        command.add_argument("--label", help="default: PROMPTCMS_LABEL, or production")
        command.add_argument("--prefix", default="", help="only prompts whose name begins so")
    return parser


if __name__ == "__main__":
    sys.exit(main())
