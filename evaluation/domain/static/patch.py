"""Is it a PATCH at all? The label skips the judge and the soak, so it is not taken on trust.

Everything that applications rely on is as before, the wording means the same (the floor of
`registry.domain.risk` says PATCH: no negation, obligation or number came or went, at most a
fifth of the words), and the rendered prompt grew by a tenth at most. Where a rule is broken
the way out is to call the change MINOR.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from evaluation.domain.checks import Outcome, Result
from evaluation.domain.static.rendered import render_cases
from evaluation.domain.static.text import verdict
from registry.domain.content import Content
from registry.domain.diff.changed_fields import changed_fields, variable_changes
from registry.domain.risk import floor
from registry.domain.risk.shape import outline
from registry.domain.semver import Bump
from registry.domain.template import TemplateError, Value

MAX_GROWTH = 0.1
SLACK = 40  # characters, so that one corrected word may lengthen a very short prompt
WAY_OUT = "Save it as MINOR."
_CONTRACT = {"required": "being required", "type": "type"}


def patch_checks(
    old: Content,
    new: Content,
    cases: Sequence[Mapping[str, Value]],
    *,
    meaning_confirmed: bool,
) -> list[Result]:
    """Return a result for each rule of a PATCH."""
    return [
        verdict("patch_change", "changes something", _nothing(old, new)),
        verdict("patch_variables", "keeps its variables", _variables(old, new)),
        verdict("patch_config", "keeps its model and parameters", _config(old, new)),
        verdict("patch_schema", "keeps its output schema", _schema(old, new)),
        verdict("patch_messages", "keeps its messages and roles", _messages(old, new)),
        _wording(old, new, meaning_confirmed=meaning_confirmed),
        verdict("patch_length", "keeps its length", _length(old, new, cases)),
    ]


def _nothing(old: Content, new: Content) -> list[str]:
    same = old == new
    return ["Nothing changed since what production serves. There is nothing to ship."] * same


def _variables(old: Content, new: Content) -> list[str]:
    """Compare the names, and what is declared of them beside descriptions and examples."""
    changes = variable_changes(old, new)
    names = [
        *(f"{{{{{name}}}}} was added" for name in changes.added),
        *(f"{{{{{name}}}}} was removed" for name in changes.removed),
        *(f"{{{{{before}}}}} became {{{{{after}}}}}" for before, after in changes.renamed),
    ]
    declared = [change.path.split(".") for change in changes.changed]
    names += [
        f"{{{{{name}}}}} changed its {_CONTRACT[key]}" for name, key in declared if key in _CONTRACT
    ]
    if names:
        return [f"{', '.join(names)}: applications would break. Save it as MAJOR."]
    return [
        f"The default of {{{{{name}}}}} changed. {WAY_OUT}"
        for name, key in declared
        if key == "default"
    ]


def _config(old: Content, new: Content) -> list[str]:
    paths = [change.path for change in changed_fields(old.config, new.config)]
    return [f"The config changed: {', '.join(paths)}. {WAY_OUT}"] if paths else []


def _schema(old: Content, new: Content) -> list[str]:
    same = old.output_schema == new.output_schema
    return [] if same else ["The output schema changed. Save it as MAJOR."]


def _messages(old: Content, new: Content) -> list[str]:
    same = (old.kind, outline(old)) == (new.kind, outline(new))
    return [] if same else ["The messages or their roles changed. Save it as MAJOR."]


def _wording(old: Content, new: Content, *, meaning_confirmed: bool) -> Result:
    """Ask the floor about the words alone; what else changed has rules of its own."""
    label = "means the same as before"
    if meaning_confirmed:
        reason = "A reviewer confirmed that the meaning is unchanged."
        return Result("patch_wording", label, Outcome.SKIPPED, reason)
    found = floor(_words_only(old), _words_only(new))
    faults = [] if found.bump is Bump.PATCH else [*found.reasons, WAY_OUT]
    return verdict("patch_wording", label, [" ".join(faults)] if faults else [])


def _words_only(content: Content) -> Content:
    return replace(content, config={}, output_schema=None, variables=())


def _length(old: Content, new: Content, cases: Sequence[Mapping[str, Value]]) -> list[str]:
    """Compare the rendered length over all cases, or the text itself where there are none."""
    before, after = _characters(old, cases), _characters(new, cases)
    allowed = before * (1 + MAX_GROWTH) + SLACK * max(1, len(cases))
    if after <= allowed:
        return []
    grown = f"{after / before - 1:.0%}" if before else "from nothing"
    return [f"The prompt grew by {grown}; a PATCH may grow by {MAX_GROWTH:.0%}. {WAY_OUT}"]


def _characters(content: Content, cases: Sequence[Mapping[str, Value]]) -> int:
    try:
        rendered = render_cases(content, cases)
    except TemplateError:  # said by the check that parses
        return 0
    return sum(rendered.lengths) or sum(len(text) for _, text in content.parts())
