"""What a list of prompts is narrowed to, and which page of it, read from the query string."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import QueryDict
from django.utils.dateparse import parse_datetime

from registry.runtime.answers import Problem
from registry.runtime.langfuse.asked import Asked, only, read_label

PAGE_SIZE, LARGEST_PAGE_SIZE = 10, 100
LAST_PAGE = 1_000_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """`page` counts from 1; `since` is included, `until` is not; "" and None narrow nothing."""

    page: int
    limit: int
    name: str = ""
    tag: str = ""
    label: Asked | None = None
    since: datetime | None = None
    until: datetime | None = None


def read_wanted(query: QueryDict) -> Wanted:
    """Return what the query asks for. Raises Problem (400).

    `filter`, Langfuse's own language, is refused: passing over it would list too much.
    """
    if only(query, "filter"):
        raise _bad("The parameter filter is not known here. Use name, label and tag.")
    label = only(query, "label")
    return Wanted(
        page=_whole(query, "page", 1, LAST_PAGE),
        limit=_whole(query, "limit", PAGE_SIZE, LARGEST_PAGE_SIZE),
        name=only(query, "name") or "",
        tag=only(query, "tag") or "",
        label=read_label(label) if label else None,
        since=_instant(query, "fromUpdatedAt"),
        until=_instant(query, "toUpdatedAt"),
    )


def _whole(query: QueryDict, name: str, default: int, largest: int) -> int:
    """Return a number from 1 to `largest`; `default` when it was not sent."""
    text = only(query, name)
    if not text:
        return default
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not 1 <= number <= largest:
        raise _bad(f"{name} is a whole number from 1 to {largest}.")
    return number


def _instant(query: QueryDict, name: str) -> datetime | None:
    """Return a moment; one without a zone is taken as UTC."""
    text = only(query, name)
    if not text:
        return None
    try:
        moment = parse_datetime(text)
        if moment is not None:
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        pass  # a day that does not exist, or one that lies outside of the calendar in UTC
    raise _bad(f"{name} is a moment like 2026-11-21T19:00:00Z.")


def _bad(message: str) -> Problem:
    return Problem(400, "bad_request", message)
