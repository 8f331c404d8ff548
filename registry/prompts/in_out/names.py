"""Names for prompts that come from elsewhere: real ones rarely fit our pattern."""

import re
import unicodedata
from collections.abc import Collection

from registry.prompts.create import ROUTE_WORDS

LENGTH = 128
FALLBACK = "prompt"


def proposed_name(old: str) -> str:
    """Return a name that fits: "Linux Terminal" gives `linux-terminal`; slashes stay folders."""
    parts = [_segment(part) for part in re.split(r"[/\\]", old)]
    name = "/".join(part for part in parts if part)
    return name[:LENGTH].strip("/-._") or FALLBACK


def free_name(wanted: str, taken: Collection[str]) -> str:
    """Return `wanted`, or with `-2`, `-3`, … the first that is not taken."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        ending = f"-{number}"
        name = wanted[: LENGTH - len(ending)].rstrip("/-._") + ending
    return name


def _segment(part: str) -> str:
    plain = unicodedata.normalize("NFKD", part).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c) and c not in "'’`\"“”")
    word = re.sub(r"[^a-z0-9._-]+", "-", plain)
    word = re.sub(r"-{2,}", "-", word).strip("-._")
    return f"{word}-{FALLBACK}" if word in ROUTE_WORDS else word
