"""The parameters of a model that have a form field of their own; the rest is typed as JSON."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from registry.domain.fields import ContentError

_NUMBER = re.compile(r"[+-]?(\d{1,16}(\.\d{0,20})?|\.\d{1,20})([eE][+-]?\d{1,3})?")
_INTEGER = re.compile(r"[+-]?\d{1,16}")


@dataclass(frozen=True, slots=True)
class ConfigField:
    """One parameter: its key in the config, how its field is labelled, what it takes."""

    key: str
    label: str
    takes: Literal["text", "number", "integer"]
    help: str

    @property
    def name(self) -> str:
        """The name of the form field."""
        return f"config_{self.key}"

    def shows(self, value: Any) -> bool:
        """Would the field give back exactly `value`? If not, it stays in the JSON."""
        if self.takes == "text":
            return isinstance(value, str) and value == value.strip() != ""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return isinstance(value, int) or self.takes == "number"

    def read(self, typed: str) -> str | int | float:
        """Return the value of what was typed. Raises ContentError naming the form field."""
        if self.takes == "text":
            return typed
        pattern, like = (_INTEGER, "800") if self.takes == "integer" else (_NUMBER, "0.2")
        if not pattern.fullmatch(typed):
            kind = "a whole number" if self.takes == "integer" else "a number"
            raise ContentError(
                self.name, f"{self.label} must be {kind} like {like}, not {typed[:40]!r}."
            )
        return int(typed) if self.takes == "integer" else float(typed)


CONFIG_FIELDS = (
    ConfigField("model", "Model", "text", "As the provider names it, for example gpt-5-mini."),
    ConfigField("temperature", "Temperature", "number", "0 always picks the likeliest word."),
    ConfigField("max_tokens", "Max tokens", "integer", "The answer stops there."),
    ConfigField("top_p", "Top p", "number", "Only the likeliest words up to this share, 0 to 1."),
    ConfigField("frequency_penalty", "Frequency penalty", "number", "Above 0: repeats less."),
    ConfigField("presence_penalty", "Presence penalty", "number", "Above 0: newer subjects."),
    ConfigField("seed", "Seed", "integer", "Asks for the same answer twice, where supported."),
)


def split_config(config: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """Return what stands in the form fields, as typed text by key, and the extra keys."""
    shown = {
        field.key: _written(config[field.key])
        for field in CONFIG_FIELDS
        if field.key in config and field.shows(config[field.key])
    }
    return shown, {key: value for key, value in config.items() if key not in shown}


def _written(value: str | int | float) -> str:
    """Return a number as a person writes it: 0.2, 1, not 1.0."""
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value)
