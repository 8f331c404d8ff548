"""Fill `{{variable}}` texts: split once when a prompt arrives, then joined on every call.

Every brace but `{{name}}` is plain text, and `{{` that opens anything else is an error. A value
is put in as it is and never read again, so a value that holds `{{x}}` stays text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from operator import itemgetter
from typing import Callable, Union

from promptcms_client.errors import TemplateError

Value = Union[str, int, float, bool]
Message = Mapping[str, object]
Inserted = Mapping[str, Sequence[Message]]

_OPEN = re.compile(r"\{\{+")
_VARIABLE = re.compile(r"\{\{[ \t]*([A-Za-z_][A-Za-z0-9_]{0,63})[ \t]*\}\}")


class Text:
    """A text in pieces: literals at even places, variables at odd ones, named by `names`."""

    __slots__ = ("_values_in", "broken", "names", "pieces")

    def __init__(self, text: str) -> None:
        self.pieces: list[str] = []
        self.broken = ""  # what is wrong with the first `{{` that opens no variable
        names = []
        end = 0
        for opening in _OPEN.finditer(text):
            found = _VARIABLE.match(text, opening.start())
            if found is None:
                line = text.count("\n", 0, opening.start()) + 1
                self.broken = self.broken or (
                    f"Line {line} has a “{{{{” that opens no variable. Write {{{{name}}}} for a "
                    "variable, or “{ {” for plain braces."
                )
                continue
            self.pieces += (text[end : found.start()], "")
            names.append(found.group(1))
            end = found.end()
        self.pieces.append(text[end:])
        self.names = tuple(names)
        # For several names itemgetter is the fastest way, but for one it gives no tuple.
        self._values_in: Callable[[Mapping[str, str]], tuple[str, ...]] = (
            itemgetter(*names) if len(names) > 1 else self._few
        )

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the text with the values. Raises KeyError, or TypeError for what is no str."""
        pieces = self.pieces[:]
        pieces[1::2] = self._values_in(values)
        return "".join(pieces)

    def _few(self, values: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(values[name] for name in self.names)


@dataclass(frozen=True)
class Part:
    """A message of a prompt: a role and its text, or a placeholder for the caller's messages."""

    role: str
    text: Text
    placeholder: str = ""


class Filler:
    """All texts of one version of a prompt, and what is known about their variables.

    `optional` maps a variable to the text that stands in for it.
    """

    def __init__(
        self,
        kind: str,
        parts: Sequence[Part],
        *,
        declared: Iterable[str] = (),
        optional: Mapping[str, Value] | None = None,
        takes_anything: bool = False,
    ) -> None:
        self.kind = kind
        self.parts = tuple(parts)
        self.used = tuple(dict.fromkeys(n for part in parts for n in part.text.names))
        self.known = frozenset(self.used) | frozenset(declared)
        self._optional = {name: as_text(name, v) for name, v in (optional or {}).items()}
        self.placeholders = frozenset(part.placeholder for part in parts if part.placeholder)
        self._broken = next((part.text.broken for part in parts if part.text.broken), "")
        self._whole = self._broken == ""
        self._count = len(self.used)
        self._takes_anything = takes_anything  # a caller's fallback need not know every variable

    def fill(
        self,
        values: Mapping[str, object],
        messages: Inserted | None = None,
        other: Filler | None = None,
    ) -> str | list[dict[str, object]]:
        """Return the text, or the messages, with the values put in.

        `messages` gives the messages for each placeholder; they are not read for variables, and
        a placeholder that is not given disappears. What the `other` version of a rollout knows
        may be given too. Raises TemplateError naming what is missing, unknown, or of no use.
        """
        if messages:
            self._check(messages, other)
        if self._whole and len(values) == self._count:
            try:  # the usual case: exactly the variables that are used, all of them text
                return self._put_together(values, messages)  # type: ignore[arg-type]
            except (KeyError, TypeError):
                pass  # the careful way says what is wrong, or writes the numbers
        return self._put_together(self._texts(values, other), messages)

    def _check(self, messages: Inserted, other: Filler | None) -> None:
        """Raise TemplateError for a placeholder that neither version has, or what is no list."""
        known = self.placeholders | other.placeholders if other else self.placeholders
        unknown = sorted(set(messages) - known)
        if unknown and not self._takes_anything:
            has = f"It has {', '.join(sorted(known))}." if known else "It has none."
            raise TemplateError(f"The prompt has no placeholder {', '.join(unknown)}. {has}")
        for name in self.placeholders & set(messages):
            if not _are_messages(messages[name]):
                raise TemplateError(
                    f"The messages for the placeholder {name} must be a list of "
                    '{"role": …, "content": …}; an empty list puts in nothing.'
                )

    def _texts(self, values: Mapping[str, object], other: Filler | None) -> Mapping[str, str]:
        """Return the text of every variable that is used. Raises TemplateError."""
        if self._broken:
            raise TemplateError(self._broken)
        known = self.known | other.known if other else self.known
        unknown = sorted(set(values) - known)
        if unknown and not self._takes_anything:
            has = f"It knows {_listed(sorted(known))}." if known else "It has none."
            raise TemplateError(f"The prompt has no variable {_listed(unknown)}. {has}")
        missing = [n for n in self.used if n not in values and n not in self._optional]
        if missing:
            raise TemplateError(f"No value was given for {_listed(missing)}. Pass one for each.")
        given = {name: as_text(name, values[name]) for name in self.used if name in values}
        return {**self._optional, **given}

    def _put_together(
        self, values: Mapping[str, str], messages: Inserted | None
    ) -> str | list[dict[str, object]]:
        if self.kind == "text":
            return self.parts[0].text.fill(values)
        given = messages or {}
        filled: list[dict[str, object]] = []
        for part in self.parts:
            if part.placeholder:
                filled.extend(dict(message) for message in given.get(part.placeholder, ()))
            else:
                filled.append({"role": part.role, "content": part.text.fill(values)})
        return filled


def as_text(name: str, value: object) -> str:
    """Return how a value reads: text as it is, true/false, numbers in plain decimal digits.

    Raises TemplateError for anything else, naming the variable.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float) and isfinite(value):
        if value == int(value):
            return str(int(value))
        return format(Decimal(float.__repr__(value)), "f")
    raise TemplateError(
        f"The value of {{{{{name}}}}} is a {type(value).__name__}. "
        "Pass text, a number, true or false."
    )


def _are_messages(given: object) -> bool:
    if isinstance(given, str) or not isinstance(given, Sequence):
        return False
    return all(isinstance(message, Mapping) for message in given)


def _listed(names: Sequence[str]) -> str:
    """Return `{{a}}, {{b}}` for a message, at most ten of them."""
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ", ".join(f"{{{{{name[:64]}}}}}" for name in names[:10]) + more
