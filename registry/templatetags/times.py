"""Moments as people read them: in the viewer's zone, with its abbreviation, UTC on hover."""

from datetime import UTC, datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def when(moment: datetime | None) -> SafeString | str:
    """`today 14:07 CET`, `Tue 17 Nov 09:12 CET`, with the year when it is not this one."""
    if moment is None:
        return ""
    local, today = timezone.localtime(moment), timezone.localdate()
    if local.date() == today:
        day = "today"
    elif local.year == today.year:
        day = f"{local:%a} {local.day} {local:%b}"
    else:
        day = f"{local.day} {local:%b} {local.year}"
    return _marked(moment, f"{day} {local:%H:%M} {local:%Z}")


@register.filter
def full(moment: datetime | None) -> SafeString | str:
    """`17 Nov 2026 09:12 CET`: for what is printed, and read on another day."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return _marked(moment, f"{local.day} {local:%b %Y %H:%M %Z}")


@register.filter
def clock(moment: datetime | None) -> SafeString | str:
    """`14:07:12 CET`: for what happened just now."""
    return "" if moment is None else _marked(moment, clock_words(moment))


@register.filter
def age(moment: datetime | None) -> SafeString | str:
    """`just now`, `3 min`, `2 h`, `5 days` since `moment`."""
    return "" if moment is None else _marked(moment, age_words(moment, timezone.now()))


def clock_words(moment: datetime) -> str:
    """Return hours, minutes, seconds and the zone, in the active time zone."""
    return f"{timezone.localtime(moment):%H:%M:%S %Z}"


def age_words(moment: datetime, now: datetime) -> str:
    """Return the time between in its largest whole unit."""
    minutes = max(0, int((now - moment).total_seconds() // 60))
    if minutes == 0:
        return "just now"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} days"


def _marked(moment: datetime, words: str) -> SafeString:
    utc = moment.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        f"{utc:%Y-%m-%dT%H:%M:%SZ}",
        f"{utc:%Y-%m-%d %H:%M:%S} UTC",
        words,
    )
