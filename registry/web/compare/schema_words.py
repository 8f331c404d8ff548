"""Places of a JSON Schema in words: `order › each item › kind` for a path of its keywords."""

from collections.abc import Iterator, Sequence

KEYWORDS = {
    "type": "kind",
    "required": "required fields",
    "enum": "allowed values",
    "const": "exact value",
    "additionalProperties": "other fields allowed",
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "exclusiveMaximum": "less than",
    "multipleOf": "multiple of",
    "minLength": "fewest characters",
    "maxLength": "most characters",
    "minItems": "fewest items",
    "maxItems": "most items",
    "minProperties": "fewest fields",
    "maxProperties": "most fields",
    "uniqueItems": "no item twice",
    "$ref": "as described under",
    "not": "must not be",
    "if": "if",
    "then": "then",
    "else": "otherwise",
}
# Keywords whose next key is a name or a number of the author's.
_OF_NAMES = {
    "properties": "{}",
    "patternProperties": "fields like {}",
    "$defs": "shared part {}",
    "definitions": "shared part {}",
    "dependentRequired": "needed with {}",
    "prefixItems": "item {}",
    "anyOf": "choice {}",
    "oneOf": "choice {}",
    "allOf": "part {}",
}


def place_words(keys: Sequence[str]) -> str:
    """Return the place that the keywords `keys` lead to, in words."""
    return " › ".join(_words(keys))


def _words(keys: Sequence[str]) -> Iterator[str]:
    rest = list(keys)
    while rest:
        key = rest.pop(0)
        if key in _OF_NAMES and rest:
            yield _OF_NAMES[key].format(rest.pop(0))
        elif key == "items":
            yield "each item"
        else:
            yield KEYWORDS.get(key, key)
