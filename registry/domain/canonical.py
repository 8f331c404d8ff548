"""One text for one value: canonical JSON, the base of digests and of the audit chain.

Keys sorted, no spaces, real Unicode, no NaN (RFC 8785 in spirit; both databases
give the same text back because only strings, integers, booleans, null, lists and
objects reach the audit trail).
"""

import hashlib
import json
from typing import Any


def canonical(value: Any) -> str:
    """Return the canonical JSON of `value`. Raises ValueError for NaN and Infinity."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def sha256(text: str) -> str:
    """Return the SHA-256 of the UTF-8 of `text`, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
