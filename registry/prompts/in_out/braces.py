"""Variables that are written another way: `{name}`, `${name}` and `${name:default}`.

Which of them are variables only a person knows (JSON, code and plain words use braces too),
so each spelling is converted on request, and everything else stays as it is.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from registry.domain.fields import NAME

_WORDS = r"[A-Za-z_][A-Za-z0-9_ /-]{0,39}"
_OTHER_WAY = re.compile(
    rf"(?<!\$)\$\{{({_WORDS})(?::([^{{}}\n]{{0,200}}))?\}}"
    # Beside another brace it belongs to JSON, or is half of a variable of ours.
    rf"|(?<![{{$])\{{({_WORDS})\}}(?!\}})"
)
_AROUND = 32
SHOWN = 30


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way in which a text may name a variable, with its first place as an example.

    `written` is `${Position:Developer}`, `becomes` the variable `Position`; `default` is what
    stood after the colon, None without one.
    """

    written: str
    becomes: str
    default: str | None
    count: int
    before: str
    after: str


def find_spellings(text: str) -> list[Spelling]:
    """Return each spelling once, in order of first use."""
    found: dict[str, Spelling] = {}
    counts: dict[str, int] = {}
    for match in _OTHER_WAY.finditer(text):
        written = match.group()
        counts[written] = counts.get(written, 0) + 1
        if written not in found:
            start, end = match.span()
            found[written] = Spelling(
                written=written,
                becomes=variable_name(match[1] or match[3]),
                default=match[2],
                count=0,
                before=_line(text[max(0, start - _AROUND) : start]),
                after=_line(text[end : end + _AROUND]),
            )
    return [_counted(spelling, counts[written]) for written, spelling in found.items()]


def convert(text: str, spellings: Collection[str]) -> str:
    """Return `text` with the given spellings written as `{{name}}`."""

    def written(match: re.Match[str]) -> str:
        if match.group() not in spellings:
            return match.group()
        return f"{{{{{variable_name(match[1] or match[3])}}}}}"

    return _OTHER_WAY.sub(written, text) if spellings else text


def defaults(text: str, spellings: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield (variable, default) of the given spellings that name a default."""
    for spelling in find_spellings(text):
        if spelling.written in spellings and spelling.default is not None:
            yield spelling.becomes, spelling.default


def variable_name(words: str) -> str:
    """Return the variable for the words in the braces: `Link or Transcript` is one word."""
    words = words.strip()
    if NAME.fullmatch(words):
        return words
    return re.sub(r"[^A-Za-z0-9_]+", "_", words).strip("_").lower() or "value"


def _counted(spelling: Spelling, count: int) -> Spelling:
    return Spelling(
        spelling.written,
        spelling.becomes,
        spelling.default,
        count,
        spelling.before,
        spelling.after,
    )


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text)
