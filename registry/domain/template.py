"""The one parser of `{{variable}}` text for the whole product.

The grammar is small on purpose: `{{name}}`, spaces or tabs allowed inside the braces. Every
other brace is plain text, so JSON in a prompt needs no escaping; but `{{` that opens
anything else is an error, because some clients (Mustache) would drop it or crash.
A value is put in as it is and never read again, so a value holding `{{x}}` stays text.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

Value = str | int | float | bool

SHOWN_PROBLEMS = 100

_OPEN = re.compile(r"\{\{+")
_VARIABLE = re.compile(r"\{\{[ \t]*+([A-Za-z_][A-Za-z0-9_]{0,63}+)[ \t]*+\}\}")
_NEAR = 80  # How far a broken `{{` is searched for its `}}`, in characters.


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch `text[start:end]`: a variable when `name` is given, else literal text."""

    start: int
    end: int
    name: str | None


@dataclass(frozen=True, slots=True)
class Problem:
    """A broken `{{` at `text[start:end]`; `message` says what is wrong and how to cure it."""

    start: int
    end: int
    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed text. `literals` has one entry more than `names`; they alternate."""

    text: str
    literals: tuple[str, ...]
    names: tuple[str, ...]
    spans: tuple[Span, ...]
    errors: tuple[Problem, ...]

    @property
    def variables(self) -> tuple[str, ...]:
        """Return each variable once, in order of first use."""
        return tuple(dict.fromkeys(self.names))


class TemplateError(ValueError):
    """A template that cannot be filled: broken braces, a missing or an unknown variable."""


def parse(text: str) -> Template:
    """Parse `text` in one pass; broken braces become `errors`, never an exception."""
    spans: list[Span] = []
    problems: list[Problem] = []
    end = 0
    for opening in _OPEN.finditer(text):
        start = opening.start()
        found = _VARIABLE.match(text, start)
        if found is None:
            if len(problems) < SHOWN_PROBLEMS:
                problems.append(_problem(text, start, opening.end()))
            continue
        if start > end:
            spans.append(Span(end, start, None))
        end = found.end()
        spans.append(Span(start, end, found.group(1)))
    if end < len(text):
        spans.append(Span(end, len(text), None))
    return Template(text, *_split(text, spans), tuple(spans), tuple(problems))


def compile(
    template: Template,
    values: Mapping[str, Value],
    *,
    optional: Mapping[str, Value] | None = None,
    known: Collection[str] = (),
) -> str:
    """Return the text with every variable replaced by its value, in one pass.

    `optional` maps a variable to what stands in when no value is given; `known` names
    further variables that may be given though this text does not use them.
    Raises TemplateError naming what is missing, unknown, of a wrong type, or broken.
    """
    if template.errors:
        first = template.errors[0]
        raise TemplateError(f"Line {first.line}, column {first.column}: {first.message}")
    optional = optional or {}
    refuse_unknown(values, {*template.names, *optional, *known})
    missing = [n for n in template.variables if n not in values and n not in optional]
    if missing:
        raise TemplateError(f"No value was given for {_listed(missing)}. Pass one for each.")
    pieces = [template.literals[0]]
    for name, literal in zip(template.names, template.literals[1:], strict=True):
        pieces.append(as_text(name, values[name] if name in values else optional[name]))
        pieces.append(literal)
    return "".join(pieces)


def refuse_unknown(given: Iterable[str], known: Collection[str]) -> None:
    """Raise TemplateError if a name in `given` is not in `known`."""
    unknown = sorted(set(given) - set(known))
    if unknown:
        has = f"It knows {_listed(sorted(known))}." if known else "It has no variables."
        raise TemplateError(f"The prompt has no variable {_listed(unknown)}. {has}")


def as_text(name: str, value: Value) -> str:
    """Return how a value reads: text as it is, true/false, numbers in plain decimal digits.

    Raises TemplateError for anything else, naming the variable.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and isfinite(value):
        return str(int(value)) if value == int(value) else format(Decimal(repr(value)), "f")
    raise TemplateError(
        f"The value of {name} is a {type(value).__name__}. Pass text, a number, true or false."
    )


def _split(text: str, spans: Iterable[Span]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the literals around the variables, and the names of the variables."""
    literals: list[str] = [""]
    names: list[str] = []
    for span in spans:
        if span.name is None:
            literals[-1] = text[span.start : span.end]
        else:
            names.append(span.name)
            literals.append("")
    return tuple(literals), tuple(names)


def _problem(text: str, start: int, opened: int) -> Problem:
    """Describe the broken `{{…` whose braces stand at `text[start:opened]`."""
    ahead = text[opened : opened + _NEAR]
    ahead = ahead[: min((i for i in (ahead.find("{{"), ahead.find("\n")) if i >= 0), default=_NEAR)]
    close = ahead.find("}}")
    inner = ahead[: close if close >= 0 else 24]
    end = opened + close + 2 if close >= 0 else opened + len(inner)
    line = text.count("\n", 0, start) + 1
    column = start - text.rfind("\n", 0, start)
    return Problem(start, end, line, column, _message(opened - start, inner, close >= 0))


def _message(braces: int, inner: str, closed: bool) -> str:
    """Say what is wrong with `{{inner` and what to write instead."""
    name = inner.strip(" \t")
    if braces > 2:
        return (
            f"{braces} opening braces in a row. Write {{{{name}}}} for a variable; "
            "put a space between braces that are plain text."
        )
    if not closed:
        shown = name.split()[0].rstrip("}") if name.split() else ""
        shown = shown if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", shown) else "name"
        return f"“{{{{” is never closed. Write {{{{{shown}}}}}, or “{{ {{” for plain braces."
    if not name:
        return "A variable without a name. Write {{name}}, or “{ { } }” for plain braces."
    if name[0] in "#^/!>&=":
        return (
            f"“{{{{{name}}}}}” is a Mustache tag, which is not supported. Use plain variables "
            "like {{name}} and let the application decide what to put in."
        )
    if name[0] in "\"'[{" or ":" in name:
        return "“{{” opens a variable, not data. Put a space between the braces: “{ {”."
    return (
        f"“{name}” is no variable name. Use letters, digits and _ only, up to 64, not starting "
        "with a digit: {{customer_name}}."
    )


def _listed(names: Iterable[str]) -> str:
    """Return `{{a}}, {{b}}` for a message, at most ten of them."""
    shown = list(names)
    return ", ".join(f"{{{{{name[:64]}}}}}" for name in shown[:10]) + (
        f" and {len(shown) - 10} more" if len(shown) > 10 else ""
    )
