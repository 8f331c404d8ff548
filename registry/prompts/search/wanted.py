"""What somebody looks for in the list of prompts."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

STALE_AFTER = timedelta(days=90)


class Standing(StrEnum):
    """Where a prompt stands, as the list's filters say it."""

    WAITING = "waiting"
    ROLLOUT = "rollout"
    FAILED = "failed"
    STALE = "stale"
    UNSERVED = "unserved"


@dataclass(frozen=True)
class Wanted:
    """All that is asked at once; `projects` are ids that the person may see.

    `folder` ends with a slash, or is empty for all of them; with `names_only` the `text` is
    looked for in names, titles and tags alone.
    """

    projects: tuple[int, ...]
    folder: str = ""
    text: str = ""
    names_only: bool = False
    tag: str = ""
    standing: Standing | None = None
    owner: int | None = None
    kind: str = ""
    archived: bool = False
