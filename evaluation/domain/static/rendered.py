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
    lengths, faults = [], []
    for number, values in enumerate(cases, 1):
        known = {name: value for name, value in values.items() if name in prompt.known}
        try:
            rendered = prompt.render(known)
        except TemplateError as error:
            faults.append(f"Case {number} of {len(cases)}: {error}")
            continue
        texts = [rendered] if isinstance(rendered, str) else [m["content"] for m in rendered]
        lengths.append(sum(map(len, texts)))
    return RenderedCases(tuple(lengths), tuple(faults))
