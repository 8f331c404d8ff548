"""The prompt with the values of each golden case put in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from registry.domain.content import Content
from registry.domain.rendering import prepare
from registry.domain.template import TemplateError, Value


@dataclass(frozen=True)
class RenderedCases:
    """The length of each rendered case in characters, and why others could not be rendered."""

    lengths: tuple[int, ...]
    faults: tuple[str, ...]


def render_cases(content: Content, cases: Sequence[Mapping[str, Value]]) -> RenderedCases:
    """Render every case in one pass; values that the prompt has no variable for are left out.

    Raises TemplateError if the prompt itself is broken.
    """
    prompt = prepare(content)
    lengths: list[int] = []
    told: dict[str, list[int]] = {}
    for number, values in enumerate(cases, 1):
        known = {name: value for name, value in values.items() if name in prompt.known}
        try:
            rendered = prompt.render(known)
        except TemplateError as error:
            lacking = sorted(prompt.needed - known.keys())
            told.setdefault(_lacking_words(lacking) or str(error), []).append(number)
            continue
        texts = [rendered] if isinstance(rendered, str) else [m["content"] for m in rendered]
        lengths.append(sum(map(len, texts)))
    faults = (f"{_which(numbers, len(cases))}: {words}" for words, numbers in told.items())
    return RenderedCases(tuple(lengths), tuple(faults))


def _lacking_words(names: Sequence[str]) -> str:
    """Say what an author does about values that the cases do not give; "" for no names."""
    if not names:
        return ""
    listed = ", ".join(f"{{{{{name}}}}}" for name in names)
    return (
        f"no value for {listed}. Import cases that give one, or declare it optional in the editor."
    )


def _which(numbers: Sequence[int], total: int) -> str:
    """Name the golden cases that share a fault: the number of one, else how many."""
    if len(numbers) == 1:
        return f"Golden case {numbers[0]} of {total}"
    return f"{len(numbers)} of {total} golden cases"
