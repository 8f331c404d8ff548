"""Declared variables of a prompt: the contract between its text and the application."""

from dataclasses import dataclass
from typing import Any

from registry.domain.canonical import canonical
from registry.domain.fields import ContentError, check_size, storable, storable_text, valid_name

Scalar = str | int | float | bool

VARIABLES = 100
VARIABLES_BYTES = 64 * 1024
VARIABLE_TYPES = ("string", "number", "integer", "boolean")

_VARIABLE_KEYS = {"name", "type", "required", "default", "description", "example"}


@dataclass(frozen=True, slots=True)
class Variable:
    """A declared variable. Optional means: `default`, or nothing, when no value is given."""

    name: str
    type: str = "string"
    required: bool = True
    default: Scalar | None = None
    description: str = ""
    example: str = ""


def read_variables(values: Any) -> tuple[Variable, ...]:
    """Return the declared variables, in their order."""
    if not isinstance(values, list | tuple):
        raise ContentError("variables", "variables must be a list of objects.")
    if len(values) > VARIABLES:
        raise ContentError(
            "variables", f"{len(values)} variables are declared; the limit is {VARIABLES}."
        )
    read = tuple(_read_variable(value, number) for number, value in enumerate(values, 1))
    names = [variable.name for variable in read]
    for name in names:
        if names.count(name) > 1:
            raise ContentError("variables", f"The variable {name} is declared twice. Remove one.")
    size = sum(len(canonical([v.default, v.description, v.example]).encode()) for v in read)
    check_size(size, VARIABLES_BYTES, "variables", "The declaration of the variables")
    return read


def _read_variable(value: Any, number: int) -> Variable:
    """Return one declared variable; absent keys take their defaults."""
    if isinstance(value, Variable):
        value = {key: getattr(value, key) for key in Variable.__slots__}
    if not isinstance(value, dict) or not set(value) <= _VARIABLE_KEYS or "name" not in value:
        raise ContentError(
            "variables",
            f"Variable {number} must be an object with name, and if wanted type, required, "
            "default, description and example.",
        )
    name = valid_name(value["name"], f"Variable {number}", "variables")
    place = f"The variable {name}"
    kind = value.get("type", "string")
    if kind not in VARIABLE_TYPES:
        raise ContentError(
            "variables", f"{place} has an unknown type. Choose {', '.join(VARIABLE_TYPES)}."
        )
    default = storable(value.get("default"), f"The default of {name}", "variables")
    required = value.get("required", default is None)
    if not isinstance(required, bool):
        raise ContentError("variables", f"{place}: required must be true or false.")
    if default is not None and not _fits(default, kind):
        raise ContentError("variables", f"{place} has a default that is no {kind}.")
    if required and default is not None:
        raise ContentError(
            "variables",
            f"{place} is required and has a default, which would never be used. "
            "Make it optional, or clear the default.",
        )
    description, example = (
        storable_text(value.get(key) or "", f"The {key} of {name}", "variables")
        for key in ("description", "example")
    )
    return Variable(name, kind, required, default, description, example)


def _fits(default: Any, kind: str) -> bool:
    """Is `default` a value of the declared type?"""
    if kind == "boolean":
        return isinstance(default, bool)
    if kind == "integer":
        return isinstance(default, int) and not isinstance(default, bool)
    if kind == "number":
        return isinstance(default, int | float) and not isinstance(default, bool)
    return isinstance(default, str)
