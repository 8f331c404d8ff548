"""What the questions of a try-out are filled from: a golden case, or values that were typed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from evaluation.offline.cases import CELL_BYTES, HOLDOUT
from evaluation.offline.models import Case
from evaluation.offline.render import values_of
from registry.domain.errors import Refused
from registry.domain.fields import ContentError, check_size, storable_text, valid_name
from registry.domain.rendering import Prepared
from registry.domain.template import Value


@dataclass(frozen=True)
class TryCase:
    """One input; `id` is empty for typed values. `reference` and `tags` come from golden cases."""

    id: str = ""
    inputs: Mapping[str, Value] = field(default_factory=dict)
    query: str = ""
    context: Sequence[str] = ()
    reference: str = ""
    tags: Sequence[str] = ()

    @classmethod
    def golden(cls, case: Case) -> "TryCase":
        """Take a golden case. Raises Refused for one that is held out."""
        if HOLDOUT in case.tags:
            raise Refused(
                "This case is held out: nobody who writes the text sees it. Choose another one.",
                field="cases",
            )
        return cls(case.case_id, case.inputs, case.query, case.context, case.reference, case.tags)

    @classmethod
    def typed(cls, values: Mapping[str, str], *, says: str = "") -> "TryCase":
        """Take typed values by variable; `says` is what the user says, unless `query` is one.

        Raises ContentError (values) for a name or a value that cannot be kept.
        """
        clean = {
            valid_name(name, "A value", "values"): _text(value, f"The value of {name}")
            for name, value in values.items()
        }
        query, context = clean.pop("query", ""), clean.pop("context", "")
        return cls(
            inputs=clean,
            query=query or _text(says, "What the user says"),
            context=(context,) if context else (),
        )

    @classmethod
    def from_document(cls, stored: Mapping[str, Any]) -> "TryCase":
        """Return what `document` stored."""
        return cls(**stored)

    def document(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {**asdict(self), "context": list(self.context), "tags": list(self.tags)}

    def row(self) -> Case:
        """Return it as a golden case that is not stored, as those who ask models take it."""
        return Case(
            case_id=self.id,
            inputs=dict(self.inputs),
            query=self.query,
            context=list(self.context),
            reference=self.reference,
            tags=list(self.tags),
        )

    def lacks(self, prompt: Prepared) -> list[str]:
        """Return the variables that `prompt` needs and this gives no value for, by name."""
        return sorted(prompt.needed - values_of(self.row()).keys())


def _text(value: str, place: str) -> str:
    text = storable_text(value, place, "values")
    if len(text) > CELL_BYTES:  # asked first: encoding takes as long as the text
        raise ContentError("values", f"{place} is longer than 64 KiB. Shorten it.")
    check_size(len(text.encode()), CELL_BYTES, "values", place)
    return text
