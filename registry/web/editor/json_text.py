"""JSON that a person types into a form: read strictly, refused in sentences."""

import json
from typing import Any

from registry.domain.fields import ContentError
from registry.domain.strict_json import JSON_DEPTH

LONGEST_NUMBER = 100  # digits; a parser's time grows with their square


def read_json(text: str, field: str, what: str) -> Any:
    """Return the value of the JSON `text`. Raises ContentError about `what`, naming `field`.

    Also refused: a key given twice (one of the values would vanish), NaN and Infinity,
    and nesting that exhausts the parser. Limits of size and depth are checked later,
    with the value itself.
    """
    try:
        return json.loads(
            text, object_pairs_hook=_no_twins, parse_constant=_no_constant, parse_int=_whole
        )
    except json.JSONDecodeError as error:
        raise ContentError(
            field,
            f"{what} is no JSON: {error.msg} at line {error.lineno}, column {error.colno}.",
        ) from None
    except RecursionError:
        raise ContentError(
            field, f"{what} is nested more than {JSON_DEPTH} levels deep. Flatten it."
        ) from None
    except ValueError as error:
        raise ContentError(field, f"{what} cannot be used: {error}") from None


def write_json(value: Any) -> str:
    """Return `value` as people read JSON: indented, real Unicode."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key[:60]!r} is given twice. Remove one.")
        found[key] = value
    return found


def _whole(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError(f"a number has {len(digits)} digits. Write it as text, in quotes.")
    return int(digits)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number. Use a finite number.")
