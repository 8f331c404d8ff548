"""The options of both commands, as a person or a workflow writes them."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from registry.domain.semver import Risk

RESULTS = "eval_results.json"
SUITES = ("auto", "patch", "minor", "major")


@dataclass(frozen=True)
class Evaluate:
    """What `evaluate` was asked. Empty text and None mean: not said."""

    prompts: str = "prompts/**"
    changed_since: str = ""
    changed_files: str = ""
    prompt: str = ""
    candidate: str = ""
    compare_baseline: bool = False
    baseline: str = ""
    fresh_baseline: bool = False
    dataset: str = ""
    suite: str = "auto"
    margin: float | None = None
    repeat: int | None = None
    max_repeat: int | None = None
    concurrency: int | None = None
    max_calls: int | None = None
    max_cost: float | None = None
    max_seconds: int | None = None
    resume: int | None = None
    server: str = ""
    project: str = ""
    config: str = ""
    output: str = RESULTS
    junit: str = ""
    markdown: str = ""
    gate: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class Check:
    """What `check` was asked. `min` holds {metric: least mean}."""

    min_faithfulness: float | None = None
    min_relevance: float | None = None
    min: tuple[tuple[str, float], ...] = ()
    max_p95_ms: float | None = None
    max_cost_ratio: float | None = None
    allow_inconclusive: bool = False
    results: str = RESULTS

    @property
    def least(self) -> dict[str, float]:
        """Return the least mean that each named metric must have."""
        named = {"faithfulness": self.min_faithfulness, "relevance": self.min_relevance}
        return {k: v for k, v in named.items() if v is not None} | dict(self.min)


def add_evaluate(parser: ArgumentParser) -> None:
    """Give `parser` the options of `evaluate`."""
    default = Evaluate()
    what, how, out = (
        parser.add_argument_group(title)
        for title in ("what is evaluated", "how it is evaluated", "where the results go")
    )
    what.add_argument("--prompts", default=default.prompts, help="files, default: %(default)s")
    what.add_argument("--changed-since", default="", help="only those changed since this git ref")
    what.add_argument("--changed-files", default="", help="only those a file lists, one a line")
    what.add_argument("--prompt", default="", help="only the prompt of this name")
    what.add_argument(
        "--candidate", default="", help="a file; in manage.py also vX.Y.Z or label:staging"
    )
    how.add_argument(
        "--compare-baseline", action="store_true", help="refuse to go on without a baseline"
    )
    how.add_argument(
        "--baseline", default="", help="ref:origin/main or a file; label:production or vX.Y.Z"
    )
    how.add_argument("--fresh-baseline", action="store_true", help="ask the baseline again")
    how.add_argument("--dataset", default="", help="a file of golden cases")
    how.add_argument("--suite", choices=SUITES, default="auto", help="by risk, or as if it were")
    how.add_argument("--margin", type=_share, help="the drop that is tolerated, such as 0.03")
    how.add_argument("--repeat", type=_whole(1, 3), help="answers for each case, by risk 1 or 2")
    how.add_argument("--max-repeat", type=int, choices=(1, 3), help="1: take no second look")
    how.add_argument("--concurrency", type=_whole(1, 500), help="calls at once, as a rule 50")
    how.add_argument("--max-calls", type=_whole(1, 10**7), help="then it ends without a verdict")
    how.add_argument("--max-cost", type=_amount, help="US dollars")
    how.add_argument("--max-seconds", type=_whole(1, 86_400), help="so long a server is waited for")
    how.add_argument("--resume", type=_whole(1, 2**31 - 1), help="go on with a run of the server")
    how.add_argument("--server", default="", help="address of a promptcms; key in PROMPTCMS_KEY")
    how.add_argument("--project", default="", help="of a version in this installation")
    how.add_argument("--config", default="", help="default: evaluation.yaml, where there is one")
    out.add_argument("--output", default=RESULTS, help="default: %(default)s")
    out.add_argument("--junit", default="", help="also as JUnit XML")
    out.add_argument("--markdown", default="", help="also as Markdown")
    out.add_argument("--gate", action="store_true", help="exit by the verdict, as check does")
    out.add_argument("--dry-run", action="store_true", help="say what would be done, ask nobody")


def add_check(parser: ArgumentParser) -> None:
    """Give `parser` the options of `check`."""
    parser.add_argument("--min-faithfulness", type=_share, help="such as 0.75")
    parser.add_argument("--min-relevance", type=_share, help="such as 0.80")
    parser.add_argument(
        "--min", type=_bar, action="append", default=[], metavar="METRIC=X", help="of any metric"
    )
    parser.add_argument("--max-p95-ms", type=_amount, help="of the candidate's answers")
    parser.add_argument("--max-cost-ratio", type=_amount, help="such as 1.10")
    parser.add_argument("--allow-inconclusive", action="store_true", help="exit 0 when undecided")
    parser.add_argument("--results", default=RESULTS, help="default: %(default)s")


def evaluate_asked(options: dict[str, Any]) -> Evaluate:
    """Return the parsed options of `evaluate`."""
    return Evaluate(**{field.name: options[field.name] for field in fields(Evaluate)})


def check_asked(options: dict[str, Any]) -> Check:
    """Return the parsed options of `check`."""
    values = {field.name: options[field.name] for field in fields(Check)}
    return Check(**{**values, "min": tuple(values["min"])})


def risk_asked(asked: Evaluate) -> Risk | None:
    """Return the risk whose suite was asked for; None: what the change itself asks for."""
    return None if asked.suite == "auto" else Risk(asked.suite.upper())


def _share(text: str) -> float:
    value = _number(text)
    if not 0 <= value <= 1:
        raise ArgumentTypeError(f"{text} is no share: write a number from 0 to 1, such as 0.75")
    return value


def _amount(text: str) -> float:
    value = _number(text)
    if not 0 < value < 10**9:
        raise ArgumentTypeError(f"{text}: write a number above 0")
    return value


def _whole(low: int, high: int) -> Callable[[str], int]:
    def whole(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ArgumentTypeError(f"{text}: write a whole number from {low} to {high}")
        return int(text)

    return whole


def _bar(text: str) -> tuple[str, float]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ArgumentTypeError(f"{text}: write METRIC=X, such as correctness=0.8")
    return name.strip(), _share(value)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ArgumentTypeError(f"{text} is no number") from None
