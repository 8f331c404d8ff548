"""What is wrong with the texts as they stand, each with its line and its cure."""

from dataclasses import dataclass

from registry.domain.content import Content
from registry.domain.leaks import find_leaks
from registry.domain.merge import content_marks
from registry.domain.rendering import problems, used_variables
from registry.domain.template import Problem
from registry.domain.unicode import Hidden, hidden_characters

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A problem: where it stands, what to do. A blocking one fails the static checks."""

    place: str
    message: str
    blocks: bool = True


def problems_of(content: Content) -> list[Found]:
    """Return the problems, those that block first, at most `SHOWN`."""
    several = content.kind == "chat"
    found = [
        Found(_place(p.place, p.problem, several), p.problem.message) for p in problems(content)
    ]
    found += _marks(content, several)
    found += [
        Found(
            _line(leak.place, f"line {leak.finding.line}", several)
            if leak.in_text
            else leak.place[0].upper() + leak.place[1:],
            f"This looks like a secret ({leak.finding.kind}). A saved version is kept for ever: "
            "take it out.",
        )
        for leak in find_leaks(content)
    ]
    for place, text in content.parts():
        found += [
            Found(
                _place(place, hidden, several),
                f"A character nobody can see: {hidden.name} ({hidden.codepoint}). "
                "Delete it: the checks of a submitted version refuse it.",
            )
            for hidden in hidden_characters(text)[:SHOWN]
        ]
    found += _unused(content)
    return sorted(found, key=lambda problem: not problem.blocks)[:SHOWN]


def unsavable(content: Content) -> str:
    """Return what keeps this content from being saved, in a sentence; "" when nothing does."""
    broken = problems(content)
    if not broken:
        return ""
    more = f" And {len(broken) - 1} more like it." if len(broken) > 1 else ""
    return f"{broken[0]}{more}"


def _marks(content: Content, several: bool) -> list[Found]:
    """Return for each text the lines on which marks of a merge still stand."""
    lines: dict[str, list[str]] = {}
    for place, line in content_marks(content):
        lines.setdefault(place, []).append(str(line))
    return [
        Found(
            _line(place, f"line{'s' if len(at) > 1 else ''} {', '.join(at[:SHOWN])}", several),
            "Marks of the merge. Of the two parts between them keep one, or write a third; then "
            "delete the lines with the marks.",
        )
        for place, at in lines.items()
    ]


def _unused(content: Content) -> list[Found]:
    """Return the declared variables that no text uses."""
    used = set(used_variables(content))
    return [
        Found(
            "Variables",
            f"{variable.name} is declared and not used in the text. Use it, or remove it.",
            blocks=False,
        )
        for variable in content.variables
        if variable.name not in used
    ]


def _place(place: str, at: Problem | Hidden, several: bool) -> str:
    """Return `Message 2 (user), line 3, column 14`; a text prompt needs no name."""
    return _line(place, f"line {at.line}, column {at.column}", several)


def _line(place: str, line: str, several: bool) -> str:
    return f"{place[0].upper()}{place[1:]}, {line}" if several else line.capitalize()
