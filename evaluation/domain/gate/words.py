"""Figures as people read them."""

from collections.abc import Sequence

SHOWN = 3
CURE = "A reviewer can read them and decide; or add cases and submit again."
"""What to do about a few missing results: the same cases are not asked again after a verdict."""


def percent(share: float) -> str:
    """Return a share of 1 in per cent, with at most one decimal: 0.05 → “5 %”."""
    return f"{share * 100:.1f}".removesuffix(".0") + " %"


def cases(number: int) -> str:
    """Return “1 case”, “2 cases”."""
    return f"{number:,} case" + ("" if number == 1 else "s")


def answers(number: int) -> str:
    """Return “1 answer”, “2 answers”."""
    return f"{number:,} answer" + ("" if number == 1 else "s")


def figure(value: float, beside: float | None = None) -> str:
    """Return a score or ratio with two decimals, and more if it then read like `beside`."""
    for digits in range(2, 7):
        text = f"{value:.{digits}f}"
        if beside is None or value == beside or text != f"{beside:.{digits}f}":
            break
    return text.replace("-", "−")


def bound(value: float) -> str:
    """Return a bar that somebody set as it was typed, with two decimals at least: “0.005”."""
    text = f"{value:.2f}"
    return text if float(text) == value else f"{value:g}"


def signed(value: float) -> str:
    """Return a difference with its sign: “+0.02”, “−0.034”."""
    return f"{value:+.3f}".replace("-", "−")


def listed(names: Sequence[str], shown: int = SHOWN) -> str:
    """Return the first few names and how many more there are: “a, b, c and 4 more”."""
    if len(names) <= shown:
        return ", ".join(names)
    return f"{', '.join(names[:shown])} and {len(names) - shown:,} more"


def verb(stem: str, number: int) -> str:
    """Return the verb for that many: “fails” for 1, “fail” for 2."""
    return stem + ("s" if number == 1 else "")
