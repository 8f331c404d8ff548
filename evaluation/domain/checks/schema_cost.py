"""How much work a JSON Schema can cause: two references to one place, twenty levels deep,
are a million evaluations. Counted beforehand, so that no schema can hang a worker.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

_IN_PLACE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas")
_BELOW = (
    *("additionalProperties", "propertyNames", "items", "contains", "patternProperties"),
    *("unevaluatedItems", "unevaluatedProperties"),
)
_ONE_OF_BELOW = ("properties", "prefixItems")  # an item of the answer meets one of these
_DYNAMIC = ("$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor")


class SchemaError(Exception):
    """The schema is not one that can be used; the message says why and what to do."""


class SchemaCost:
    """Counts how often one place of an answer can be looked at, in the worst case.

    Raises SchemaError for references that point outside, to nothing, or in a circle.
    """

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._anchors: dict[str, Any] = {}
        self._known: dict[tuple[int, int], int] = {}
        self._collect(raw)

    def evaluations(self, *, levels: int) -> int:
        """Return the most evaluations one chain of `levels` nested values can cause."""
        try:
            return self._count(self._raw, levels, set())
        except RecursionError:
            raise SchemaError("The schema's references form too long a chain.") from None

    def _count(self, schema: Any, levels: int, under: set[tuple[int, int]]) -> int:
        if not isinstance(schema, dict):
            return 1
        self._require_static(schema)
        key = (id(schema), levels)
        if key in self._known:
            return self._known[key]
        if key in under:
            raise SchemaError("A part of the schema refers to itself without going deeper.")
        under.add(key)
        total = 1 + sum(self._count(part, levels, under) for part in self._same_place(schema))
        if levels > 0:
            total += self._count_below(schema, levels - 1, under)
        under.discard(key)
        self._known[key] = total
        return total

    def _count_below(self, schema: dict[str, Any], levels: int, under: set[tuple[int, int]]) -> int:
        shared = [part for name in _BELOW for part in _parts(schema, name)]
        named = [part for name in _ONE_OF_BELOW for part in _parts(schema, name)]
        return sum(self._count(part, levels, under) for part in shared) + max(
            (self._count(part, levels, under) for part in named), default=0
        )

    def _same_place(self, schema: dict[str, Any]) -> Iterator[Any]:
        for name in _IN_PLACE:
            yield from _parts(schema, name)
        if "$ref" in schema:
            yield self._target(schema["$ref"])

    def _target(self, reference: Any) -> Any:
        if not isinstance(reference, str) or not reference.startswith("#"):
            raise SchemaError(
                f"The reference “{reference}” points outside the schema; nothing is fetched. "
                "Copy that part in under “$defs” and refer to it as “#/$defs/…”."
            )
        if reference[1:] in self._anchors:
            return self._anchors[reference[1:]]
        found = self._raw
        for step in reference.split("/")[1:]:
            found = _step(found, step)
        if not isinstance(found, dict | bool) or reference[1:2] not in ("", "/"):
            raise SchemaError(f"The reference “{reference}” points to nothing in the schema.")
        return found

    def _require_static(self, schema: dict[str, Any]) -> None:
        inner = schema is not self._raw
        if any(name in schema for name in _DYNAMIC) or ("$id" in schema and inner):
            raise SchemaError(
                "The schema uses inner “$id” or dynamic references, which are not supported. "
                "Use “$ref” with “#/$defs/…”."
            )

    def _collect(self, schema: Any) -> None:
        if not isinstance(schema, dict):
            return
        self._require_static(schema)
        if isinstance(schema.get("$anchor"), str):
            self._anchors[schema["$anchor"]] = schema
        for name in (*_IN_PLACE, *_BELOW, *_ONE_OF_BELOW, "$defs", "definitions"):
            for part in _parts(schema, name):
                self._collect(part)


def _parts(schema: Mapping[str, Any], name: str) -> list[Any]:
    """Return the schemas under a keyword: one, a list of them, or a map of names to them."""
    value = schema.get(name)
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and name in (
        *("properties", "patternProperties", "dependentSchemas", "$defs", "definitions"),
    ):
        return list(value.values())
    return [] if value is None else [value]


def _step(found: Any, step: str) -> Any:
    name = unquote(step).replace("~1", "/").replace("~0", "~")
    if isinstance(found, dict):
        return found.get(name)
    if isinstance(found, list) and name.isdecimal() and int(name) < len(found):
        return found[int(name)]
    return None
