"""What an application gets: a version of a prompt, and how it came to be chosen."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from promptcms_client.document import Document, Version
from promptcms_client.errors import PromptcmsError, TemplateError
from promptcms_client.identity import Supplied
from promptcms_client.template import Inserted

FRESH, STALE, SNAPSHOT, FALLBACK = "fresh", "stale", "snapshot", "fallback"
CONTROL, TREATMENT = "control", "treatment"


class Running(NamedTuple):
    """The rollout that chose between control and treatment."""

    id: int
    epoch: int


class Source:
    """The answer a prompt was read from. `age()` is how long ago the server confirmed it."""

    __slots__ = ("clock", "confirmed", "document", "etag", "generation", "snapshot", "stale")

    def __init__(
        self,
        document: Document,
        clock: Callable[[], float],
        *,
        etag: str = "",
        generation: str | None = None,
        confirmed: float | None = None,
        stale: bool = False,
        snapshot: bool = False,
    ) -> None:
        self.document = document
        self.clock = clock
        self.etag = etag
        self.generation = generation
        self.confirmed = confirmed  # None for what does not age: exact versions, snapshots
        self.stale = stale  # the server itself could not look whether it still holds
        self.snapshot = snapshot

    def age(self) -> float:
        """Return the seconds since the server confirmed it."""
        return 0.0 if self.confirmed is None else max(0.0, self.clock() - self.confirmed)


class Arm(NamedTuple):
    """Which version was chosen and why; `other` stands by for a treatment that cannot be filled."""

    version: Version
    variant: str = CONTROL
    assignment: str = "none"
    bucket: int | None = None
    rollout: Running | None = None
    other: Version | None = None


class Prompt:
    """A prompt, ready to be filled with `compile`.

    `state` is how good the answer was when it was handed out: `fresh`, `stale` (the server has
    not confirmed it for longer than `max_stale`), `snapshot` or `fallback`; `error` then says why.
    `variant` is `control` or `treatment`, `assignment` is `hash`, `random` or `none`, `fell_back`
    tells that a treatment could not be filled and the control stood in for it.
    """

    __slots__ = (
        "_arm",
        "_noted",
        "_report",
        "_source",
        "_supplied",
        "error",
        "fell_back",
        "label",
        "state",
    )

    def __init__(
        self,
        arm: Arm,
        source: Source,
        *,
        label: str | None = None,
        state: str = FRESH,
        error: PromptcmsError | None = None,
        supplied: Supplied | None = None,
        report: Callable[[Prompt, TemplateError], None] | None = None,
    ) -> None:
        self._arm = arm
        self._source = source
        self._supplied = supplied
        self._noted = supplied is None
        self._report = report
        self.label = label
        self.state = state
        self.error = error
        self.fell_back = False

    def compile(
        self,
        values: Mapping[str, object] | None = None,
        messages: Inserted | None = None,
    ) -> Any:
        """Return the text (kind `text`) or the list of messages (kind `chat`) with the values.

        Values are text, numbers, true or false; `messages` gives the messages of placeholders.
        Raises TemplateError naming what is missing or unknown. A treatment that these values
        cannot fill becomes the control, and is reported.
        """
        if values is None:
            values = {}
        if not self._noted:
            self._note(values)
        arm = self._arm
        other = arm.other
        try:
            return arm.version.filler.fill(values, messages, other.filler if other else None)
        except TemplateError as error:
            if other is None or arm.variant == CONTROL:
                raise
            return self._fall_back(other, values, messages, error)

    @property
    def name(self) -> str:
        """The name of the prompt."""
        return self._arm.version.name

    @property
    def kind(self) -> str:
        """`text` or `chat`."""
        return self._arm.version.kind

    @property
    def version(self) -> str | None:
        """The version, `1.2.0`; None for a fallback."""
        return self._arm.version.version

    @property
    def revision(self) -> int | None:
        """The running number of the version; None for a fallback."""
        return self._arm.version.revision

    @property
    def digest(self) -> str | None:
        """The SHA-256 of the version's content; None for a fallback."""
        return self._arm.version.digest

    @property
    def template(self) -> str | None:
        """The text with its `{{variables}}`; None for a chat."""
        body = self._arm.version.body
        return body if isinstance(body, str) else None

    @property
    def messages(self) -> list[dict[str, Any]] | None:
        """The messages and placeholders of a chat; None for a text. A copy, free to be changed."""
        body = self._arm.version.body
        return None if isinstance(body, str) else copy.deepcopy(body)

    @property
    def config(self) -> dict[str, Any]:
        """The settings for the model (model, temperature, …). A copy, free to be changed."""
        return copy.deepcopy(self._arm.version.config)

    @property
    def variables(self) -> list[dict[str, Any]]:
        """The declared variables: name, type, required, default, description, example."""
        return copy.deepcopy(self._arm.version.variables)

    @property
    def output_schema(self) -> dict[str, Any] | None:
        """The JSON Schema of what the model shall answer, if there is one."""
        return copy.deepcopy(self._arm.version.output_schema)

    @property
    def variant(self) -> str:
        """`control` or `treatment`."""
        return self._arm.variant

    @property
    def assignment(self) -> str:
        """How the variant was chosen: `hash` of the unit, `random`, or `none` (no rollout)."""
        return self._arm.assignment

    @property
    def bucket(self) -> int | None:
        """The bucket of the unit, 0 to 9999; None when no unit was asked for."""
        return self._arm.bucket

    @property
    def rollout(self) -> Running | None:
        """The id and epoch of the rollout that runs, or None."""
        return self._arm.rollout

    @property
    def age(self) -> float:
        """Seconds since the server confirmed the answer; 0 for what does not age."""
        return self._source.age()

    @property
    def generation(self) -> str | None:
        """The server's count of changes (`installation:number`) at this answer."""
        return self._source.generation

    @property
    def attributes(self) -> dict[str, str | int]:
        """What a trace span of the model's call should carry. Read it after `compile`."""
        arm = self._arm
        found: dict[str, str | int | None] = {
            "prompt.name": self.name,
            "prompt.version": self.version,
            "prompt.variant": arm.variant,
            "prompt.rollout": arm.rollout.id if arm.rollout else None,
            "prompt.epoch": arm.rollout.epoch if arm.rollout else None,
            "prompt.bucket": arm.bucket,
            "gen_ai.prompt.name": self.name,
            "gen_ai.prompt.version": self.version,
        }
        return {name: value for name, value in found.items() if value is not None}

    def __repr__(self) -> str:
        return f"<Prompt {self.name} {self.version or '-'} {self.variant}, {self.state}>"

    def _fall_back(
        self,
        control: Version,
        values: Mapping[str, object],
        messages: Inserted | None,
        error: TemplateError,
    ) -> str | list[dict[str, object]]:
        """Become the control if these values can fill it; raises TemplateError if not."""
        treatment = self._arm.version
        filled = control.filler.fill(values, messages, treatment.filler)
        if self._report:
            self._report(self, error)  # still as the treatment
        self._arm = self._arm._replace(version=control, variant=CONTROL, other=treatment)
        self.fell_back = True
        return filled

    def _note(self, values: Mapping[str, object]) -> None:
        """Remember the names that were given; once is enough when all of them were."""
        assert self._supplied is not None
        self._supplied.add(values)
        self._noted = (self._supplied.names or frozenset()) >= self._arm.version.filler.known
