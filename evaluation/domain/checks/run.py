"""Reading checks from stored values, and running them on an output."""

from collections.abc import Iterable, Mapping
from typing import Any

from evaluation.domain.checks import (
    distance,
    figures,
    finish,
    json_path,
    language,
    length,
    private,
    refusal,
    structure,
    text,
)
from evaluation.domain.checks.base import (
    CannotCheckError,
    Check,
    CheckError,
    Kind,
    Outcome,
    Output,
    Result,
    Severity,
)
from registry.domain.canonical import canonical, sha256
from registry.domain.strict_json import made_storable

KINDS: dict[str, Kind] = {
    **text.KINDS,
    **distance.KINDS,
    **structure.KINDS,
    **json_path.KINDS,
    **length.KINDS,
    **language.KINDS,
    **refusal.KINDS,
    **finish.KINDS,
    **private.KINDS,
    **figures.KINDS,
}
"""Every type of check, with its title and fields: the page that composes checks reads this."""

COMMON_FIELDS = ("type", "negate", "severity", "min_pass_rate", "tags")


def parse_check(data: Mapping[str, Any]) -> Check:
    """Read one check, for example {"type": "contains", "value": "refund", "negate": true}.

    Raises CheckError(field, message) for anything that could not be run as meant: an empty
    text to look for, an unknown field, a pattern or schema that is not supported.
    """
    if not isinstance(data, Mapping):
        raise CheckError("type", "A check is an object such as {“type”: “not_empty”}.")
    name = data.get("type")
    if not isinstance(name, str) or name not in KINDS:
        raise CheckError("type", f"There is no such check. Choose one of {', '.join(KINDS)}.")
    kind = KINDS[name]
    for field in data:
        if field not in COMMON_FIELDS and field not in kind.fields:
            own = f" It takes {', '.join(kind.fields)}." if kind.fields else ""
            raise CheckError(str(field), f"The check {name} has no such field.{own}")
    negate = _negate(data.get("negate", False))
    label, test = kind.build(data)
    return Check(
        key=_key(data),
        type=name,
        label=f"not: {label}" if negate else label,
        test=test,
        negate=negate,
        severity=_severity(data.get("severity", Severity.BLOCKER.value)),
        min_pass_rate=_min_pass_rate(data.get("min_pass_rate")),
        tags=_tags(data.get("tags", [])),
    )


def run_check(check: Check, output: Output, tags: Iterable[str] = ()) -> Result:
    """Run one check on one output of a case with `tags`; never raises for any output."""
    if check.tags and not set(check.tags) & set(tags):
        reason = f"Only looked at on cases tagged {', '.join(check.tags)}."
        return _result(check, Outcome.SKIPPED, reason)
    try:
        finding = check.test(output)
    except CannotCheckError as error:
        return _result(check, Outcome.ERROR, str(error))
    if check.negate and finding.holds:
        reason = f"{finding.fact.removesuffix('.')}, which it must not."
        return _result(check, Outcome.FAIL, reason)
    outcome = Outcome.PASS if finding.holds or check.negate else Outcome.FAIL
    return _result(check, outcome, finding.fact)


def run_checks(
    checks: Iterable[Mapping[str, Any]], output: Output, tags: Iterable[str] = ()
) -> list[Result]:
    """Run stored checks on one output: first whether it is complete, then each in order.

    A stored check that can no longer be read gives an error, which never passes. Equal
    checks (a suite's and a case's own) are run once.
    """
    results = {finish.COMPLETE.key: run_check(finish.COMPLETE, output)}
    for number, data in enumerate(checks, start=1):
        try:
            check = parse_check(data)
        except CheckError as error:
            name = f"unreadable-{number}"
            results[name] = Result(name, f"check {number}", Outcome.ERROR, str(error))
        else:
            results[check.key] = run_check(check, output, tags)
    return list(results.values())


def _result(check: Check, outcome: Outcome, reason: str) -> Result:
    return Result(
        check=check.key,
        label=check.label,
        outcome=outcome,
        reason=made_storable(reason),  # it may quote what the answer escapes in its JSON
        severity=check.severity,
        min_pass_rate=check.min_pass_rate,
        builtin=check.builtin,
    )


def _key(data: Mapping[str, Any]) -> str:
    try:
        return f"{data['type']}-{sha256(canonical(dict(data)))[:12]}"
    except (TypeError, ValueError):
        raise CheckError("type", "The check holds a value that JSON does not have.") from None


def _negate(value: Any) -> bool:
    if not isinstance(value, bool):
        raise CheckError("negate", "Say true or false.")
    return value


def _severity(value: Any) -> Severity:
    if value not in list(Severity):
        raise CheckError("severity", "Choose blocker or warning.")
    return Severity(value)


def _min_pass_rate(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise CheckError("min_pass_rate", "Write a share above 0 and at most 1, such as 0.95.")
    return float(value)


def _tags(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(tag, str) and tag for tag in value):
        raise CheckError("tags", "Write a list of tags, such as [“billing”].")
    return tuple(value)
