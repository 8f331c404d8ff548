"""Minutes, and the words that people use for so many of them."""

HOUR, DAY = 60, 24 * 60


def duration(minutes: int) -> str:
    """Return minutes in words people use: `45 min`, `6 h`, `3 days 12 h`."""
    days, rest = divmod(minutes, DAY)
    hours, left = divmod(rest, HOUR)
    if minutes in (DAY, 2 * DAY):
        return f"{minutes // HOUR} h"
    parts = [
        f"{days} day{'s' if days > 1 else ''}" if days else "",
        f"{hours} h" if hours else "",
        f"{left} min" if left or not minutes else "",
    ]
    return " ".join(part for part in parts if part)
