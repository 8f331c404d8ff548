"""A run as JSON, case by case, so that a large one never stands in memory as a whole."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def json_of(head: Mapping[str, Any], cases: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the text of one JSON object: `head` with all `cases`."""
    opening = json.dumps(head, ensure_ascii=False, indent=1, allow_nan=False)
    yield opening.rstrip().removesuffix("}").rstrip() + ',\n "cases": ['
    between = "\n"
    for case in cases:
        yield between + json.dumps(case, ensure_ascii=False, allow_nan=False)
        between = ",\n"
    yield "\n ]\n}\n"
