"""Where a figure, its interval and its bar lie on a line, in per cent of the line's width."""

from dataclasses import dataclass

ROOM = 1.25  # so that what lies farthest out does not touch the edge


@dataclass(frozen=True)
class Spot:
    """A place on the line with its word; `anchor` keeps the word inside (as in SVG)."""

    at: float
    word: str = ""

    @property
    def anchor(self) -> str:
        """Where a word at this place begins."""
        return "start" if self.at < 15 else "end" if self.at > 85 else "middle"


@dataclass(frozen=True)
class Drawing:
    """A figure on a line: the place of production, the bar, and the interval around the figure.

    What lies on the `forbidden` side of the bar does not pass: from `forbidden_from` over
    `forbidden_width`. `low` and `high` are None without an interval. `words` say the same.
    """

    figure: Spot
    production: Spot
    bar: Spot | None
    low: float | None
    high: float | None
    words: str
    more_is_worse: bool = False

    @property
    def width(self) -> float:
        """How long the interval is."""
        return (self.high or 0) - (self.low or 0)

    @property
    def forbidden_from(self) -> float:
        """Where the part begins that does not pass."""
        return self.bar.at if self.bar and self.more_is_worse else 0

    @property
    def forbidden_width(self) -> float:
        """How long that part is."""
        if self.bar is None:
            return 0
        return 100 - self.bar.at if self.more_is_worse else self.bar.at


def drawn(
    value: float,
    *,
    same: float,
    bar: float | None,
    lower: float | None = None,
    upper: float | None = None,
    more_is_worse: bool = False,
    least_reach: float = 0,
    words: str,
) -> Drawing:
    """Place `value` on a line whose middle is `same`, the value of "as production's version".

    The line reaches as far to both sides as the outermost of value, interval and bar, and at
    least `least_reach`, so that a tiny difference does not look like a large one.
    """
    shown = [value, *(one for one in (bar, lower, upper) if one is not None)]
    reach = max(least_reach, *(abs(one - same) for one in shown)) * ROOM or 1.0

    def place(one: float) -> float:
        return round(50 + 50 * (one - same) / reach, 2)

    return Drawing(
        figure=Spot(place(value)),
        production=Spot(50, "production"),
        bar=None if bar is None else Spot(place(bar), "bar"),
        low=None if lower is None else place(lower),
        high=None if upper is None else place(upper),
        words=words,
        more_is_worse=more_is_worse,
    )
