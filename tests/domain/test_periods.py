"""Periods by their names, worked out by hand; a day with a changed clock among them."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from registry.domain.periods import PRESETS, Period, preset_period

BERLIN = ZoneInfo("Europe/Berlin")
# Clocks went back one hour on 25 October 2026 at 03:00, so that day had 25 hours.
NOW = datetime(2026, 10, 26, 9, 30, tzinfo=BERLIN)


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 10, day, hour, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("today", at(26, 0), None),
        ("yesterday", at(25, 0), at(26, 0)),
        ("yesterday-afternoon", at(25, 12), at(25, 18)),
        ("last-7-days", datetime(2026, 10, 19, 9, 30, tzinfo=BERLIN), None),
    ],
)
def test_a_name_is_read_by_the_clock_of_the_zone(
    name: str, start: datetime, end: datetime | None
) -> None:
    assert preset_period(name, NOW) == Period(start, end)


def test_the_day_on_which_the_clock_went_back_lasts_25_hours() -> None:
    yesterday = preset_period("yesterday", NOW)
    assert yesterday.start is not None
    assert yesterday.end is not None
    assert yesterday.end.timestamp() - yesterday.start.timestamp() == 25 * 3600


def test_every_name_means_something_and_other_words_nothing() -> None:
    assert not any(preset_period(name, NOW).is_open for name in PRESETS)
    assert Period().is_open
    with pytest.raises(KeyError):
        preset_period("soon", NOW)
