"""The judges of a project as rows of a form: which version, does it block, and its bar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField

from evaluation.offline.bars import LEAST_MARGIN, MOST_MARGIN, judge_words
from evaluation.offline.effective import MARGIN, UsedJudge
from evaluation.offline.judging.standing import Standing, standings_of
from evaluation.offline.models import Judge, JudgeVersion
from registry.projects.models import Project

OWN = "own"
BLOCKS, SHOWN = "blocks", "shown"
FIELDS = ("version", "role", "margin", "least")
LEAST_MEANS = {Judge.Kind.FAITHFULNESS: 0.75, Judge.Kind.RELEVANCE: 0.8}  # as a first bar


@dataclass(frozen=True)
class Row:
    """One judge of the form; `standing` is that of the version chosen, else of the newest."""

    judge: Judge
    standing: Standing
    version: BoundField
    role: BoundField
    margin: BoundField
    least: BoundField


class JudgeRows(forms.Form):
    """The judges of `project`. `own` is the list set here, None while it is taken over.

    With `inherited` (what holds where none is set here) there is a choice to take that over.
    """

    def __init__(
        self,
        posted: Mapping[str, Any] | None,
        *,
        project: Project,
        own: Sequence[Mapping[str, Any]] | None,
        inherited: Sequence[UsedJudge] | None = None,
        whose: str = "",
    ) -> None:
        super().__init__(posted)
        if inherited is not None:
            names = ", ".join(judge.version.judge.name for judge in inherited) or "no judge"
            words = "; ".join(judge_words(judge) for judge in inherited)
            self.fields["judges-from"] = forms.ChoiceField(
                label="Which judges",
                required=False,
                choices=[("", f"{whose}: {names}"), (OWN, "this prompt's own choice, below")],
                initial="" if own is None else OWN,
                help_text=f"What the project says: {words}." if words else "",
            )
        rows = JudgeVersion.objects.filter(judge__project=project).select_related("judge")
        self.versions: dict[Judge, list[JudgeVersion]] = {}
        for version in rows.order_by("judge__name", "-number"):
            self.versions.setdefault(version.judge, []).append(version)
        shown = own if own is not None else [judge.document() for judge in inherited or ()]
        stored = {entry["version"]: entry for entry in shown}
        for judge, versions in self.versions.items():
            entry = next((stored[v.pk] for v in versions if v.pk in stored), None)
            self._add(judge, versions, entry)

    @property
    def judges(self) -> list[dict[str, Any]] | None:
        """The judges as a suite keeps them, None to take them over; ask after `is_valid`."""
        if "judges-from" in self.fields and self.cleaned_data["judges-from"] != OWN:
            return None
        return [entry for judge in self.versions if (entry := self._entry(judge))]

    def rows(self) -> list[Row]:
        """Return the rows for the page."""
        fields = {
            judge: {name: self[_name(judge, name)] for name in FIELDS} for judge in self.versions
        }
        chosen = {
            judge: next((v for v in versions if str(v.pk) == _value(fields[judge])), versions[0])
            for judge, versions in self.versions.items()
        }
        standings = standings_of(list(chosen.values()))
        return [
            Row(judge, standing=standings[chosen[judge].pk], **fields[judge])
            for judge in self.versions
        ]

    def source(self) -> BoundField | None:
        """The choice to take the judges over, where there is one."""
        return self["judges-from"] if "judges-from" in self.fields else None

    def _add(
        self, judge: Judge, versions: list[JudgeVersion], entry: Mapping[str, Any] | None
    ) -> None:
        choices = [("", "not used")]
        choices += [(str(v.pk), f"version {v.number}") for v in versions]
        choices[1] = (choices[1][0], f"{choices[1][1]}, the newest")
        fields = {
            "version": forms.ChoiceField(label=f"{judge}", required=False, choices=choices),
            "role": forms.ChoiceField(
                label="When answers get worse",
                required=False,
                choices=[(BLOCKS, "block the version"), (SHOWN, "only show it")],
            ),
            "margin": forms.FloatField(
                label="Worse by at most",
                required=False,
                min_value=LEAST_MARGIN,
                max_value=MOST_MARGIN,
            ),
            "least": forms.FloatField(
                label="Mean at least", required=False, min_value=0, max_value=1
            ),
        }
        given = _initial(entry)
        for name, field in fields.items():
            field.initial = given[name]
            if isinstance(field.widget, forms.NumberInput):
                field.widget.attrs["step"] = "any"
            self.fields[_name(judge, name)] = field
        if entry is None:
            self.fields[_name(judge, "least")].initial = LEAST_MEANS.get(Judge.Kind(judge.kind))

    def _entry(self, judge: Judge) -> dict[str, Any] | None:
        typed = {name: self.cleaned_data.get(_name(judge, name)) for name in FIELDS}
        if not typed["version"]:
            return None
        return {
            "version": int(typed["version"]),
            "gating": typed["role"] != SHOWN,
            "margin": MARGIN if typed["margin"] is None else typed["margin"],
            "min_mean": typed["least"],
        }


def with_judge(posted: Any, version: JudgeVersion) -> Any:
    """Return what was typed, with `version` chosen as one that blocks, at its usual bar."""
    least = LEAST_MEANS.get(Judge.Kind(version.judge.kind))
    data = posted.copy()
    data["judges-from"] = OWN
    chosen = (version.pk, BLOCKS, MARGIN, "" if least is None else least)
    for name, value in zip(FIELDS, chosen, strict=True):
        data[_name(version.judge, name)] = str(value)
    return data


def _initial(entry: Mapping[str, Any] | None) -> dict[str, Any]:
    if entry is None:
        return {"version": "", "role": BLOCKS, "margin": MARGIN, "least": None}
    return {
        "version": str(entry["version"]),
        "role": BLOCKS if entry.get("gating", True) else SHOWN,
        "margin": entry.get("margin", MARGIN),
        "least": entry.get("min_mean"),
    }


def _value(fields: Mapping[str, BoundField]) -> str:
    return str(fields["version"].value() or "")


def _name(judge: Judge, field: str) -> str:
    return f"judge-{judge.pk}-{field}"
