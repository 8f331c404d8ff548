"""The console script `promptcms`: evaluate and check, without an installation."""

import sys
import traceback
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from pathlib import Path

from evaluation.ci.check import check
from evaluation.ci.exits import Exit, NoVerdict, UsageError
from evaluation.ci.options import add_check, add_evaluate, check_asked, evaluate_asked


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the two commands and return its exit code."""
    parser = ArgumentParser(prog="promptcms", description="Evaluate prompts before they ship.")
    commands = parser.add_subparsers(dest="command", required=True)
    add_evaluate(commands.add_parser("evaluate", help="evaluate prompt files"))
    add_check(commands.add_parser("check", help="hold the results to a bar"))
    options = vars(parser.parse_args(arguments))
    if options["command"] == "check":
        return exit_code_of(lambda: check(check_asked(options), folder=Path(), tell=print))
    return exit_code_of(lambda: _evaluate(options))


def exit_code_of(command: Callable[[], Exit]) -> int:
    """Run `command`; say on standard error why it came to nothing."""
    try:
        return int(command())
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        return int(Exit.USAGE)
    except NoVerdict as error:
        print(f"No verdict: {error}", file=sys.stderr)
        return int(Exit.ERRORED)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return int(Exit.INTERRUPTED)
    except Exception:  # Python would exit with 1, which here says that the candidate is worse
        traceback.print_exc()
        print("No verdict: the command itself broke, see above.", file=sys.stderr)
        return int(Exit.ERRORED)


def _evaluate(options: dict[str, object]) -> Exit:
    from evaluation.ci.memory import installation_in_memory

    with installation_in_memory():
        from evaluation.ci.evaluate import evaluate  # needs Django to be set up

        return evaluate(evaluate_asked(options), folder=Path(), tell=print)


if __name__ == "__main__":
    sys.exit(main())
