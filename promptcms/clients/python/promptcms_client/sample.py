"""The text of a call that goes along with its report: of a share of the calls, and not too long."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

from promptcms_client.assignment import BUCKETS, bucket

SALT = "sample"
MOST_BYTES = 64 * 1024  # of one sample, as it is sent
MOST_WAITING = 512 * 1024  # of all that wait; what comes on top goes without its sample


class BadSample(ValueError):
    """A sample that cannot be sent; the message says why, and holds nothing of it."""


def is_chosen(call: str, share: float) -> bool:
    """Does a call with this id carry its sample? A hash of the id says: alike in both arms."""
    return bucket(SALT, call) < share * BUCKETS


def read_sample(sample: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Return what is sent of a sample, and its bytes. Raises BadSample."""
    given, output = sample.get("input", ""), sample.get("output")
    context = list(sample.get("context") or ())
    if isinstance(given, Mapping):
        given = {str(name): value for name, value in given.items()}
        if not all(_is_plain(value) for value in given.values()):
            raise BadSample("the values of its input are texts, numbers, true or false")
    elif not isinstance(given, str):
        raise BadSample("its input is a text, or values by the names of variables")
    if not isinstance(output, str) or not all(isinstance(text, str) for text in context):
        raise BadSample("its output is a text, its context a list of texts")
    found = {"input": given, "output": output, **({"context": context} if context else {})}
    size = len(json.dumps(found, ensure_ascii=False).encode(errors="replace"))
    if size > MOST_BYTES:
        raise BadSample(f"it has more than {MOST_BYTES // 1024} KiB")
    return found, size


def _is_plain(value: object) -> bool:
    return isinstance(value, (str, bool, int)) or (isinstance(value, float) and isfinite(value))
