"""How long a comparison takes: `python -m tests.benchmarks.diff`. Prints, and asserts nothing.

`diff` is the comparison alone, `page` the whole text part as HTML (without the page around
it), `floor` the smallest honest bump that the page asks for below a size. The ratio is page time
by the time of the first line: 10 KB with 60 edits. Hostile texts are as large as a prompt may be.
"""

import os
import random
from collections.abc import Callable, Iterator
from time import perf_counter

SIZE = 256 * 1024
ROUNDS = 3


def main() -> None:
    """Print one line for each pair of texts."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "promptcms.settings")
    import django

    django.setup()
    from django.template.loader import render_to_string

    from registry.domain import risk
    from registry.domain.content import Content
    from registry.domain.diff import compare
    from registry.web.compare.present import shown

    columns = ("KB", "diff ms", "page ms", "ratio", "floor ms", "HTML KB")
    print(f"{'texts':44}" + "".join(f"{column:>9}" for column in columns))
    unit = 0.0
    for name, before, after in pairs():
        old, new = (Content.from_fields("text", text) for text in (before, after))
        template = "registry/compare/_texts.html"
        diff = _milliseconds(lambda: compare(old, new))  # noqa: B023
        page = max(
            _milliseconds(lambda: render_to_string(template, shown(old, new, view)))  # noqa: B023
            for view in ("inline", "side")
        )
        html = max(
            len(render_to_string(template, shown(old, new, view))) for view in ("inline", "side")
        )
        floor = _milliseconds(lambda: risk.floor(old, new))  # noqa: B023
        unit = unit or page
        size = (len(before) + len(after)) / 2048
        print(
            f"{name:44}{size:9.0f}{diff:9.1f}{page:9.1f}{page / unit:9.1f}{floor:9.0f}"
            f"{html / 1024:9.0f}"
        )


def _milliseconds(work: Callable[[], object]) -> float:
    """Return the best time of a few rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = perf_counter()
        work()
        best = min(best, perf_counter() - started)
    return best * 1000


def pairs() -> Iterator[tuple[str, str, str]]:
    """Yield a name, an old and a new text: the ordinary ones, then the hostile ones."""
    yield from _ordinary(random.Random(7))
    yield from _hostile(random.Random(8))


def _ordinary(chance: random.Random) -> Iterator[tuple[str, str, str]]:
    known = [f"word{n}" for n in range(3_000)]
    words = " ".join(chance.choice(known) for _ in range(2_000))[:10_240].split(" ")
    edited = list(words)
    for at in chance.sample(range(len(words)), 60):
        edited[at] = chance.choice(["changed", "", f"{edited[at]} more"])
    by_line = [
        "\n".join(" ".join(t[i : i + 12]) for i in range(0, len(t), 12)) for t in (words, edited)
    ]
    yield "60 edits in lines", by_line[0], by_line[1]
    yield "60 edits in one line", " ".join(words), " ".join(edited)
    yield "one line rewritten whole", _numbered("ab"), _numbered("cd")
    shuffled = [" ".join(chance.choice(known) for _ in range(50_000))[:SIZE] for _ in range(2)]
    yield "one line, the same words in another order", shuffled[0], shuffled[1]
    lines = [" ".join(chance.choice(known) for _ in range(10)) for _ in range(3_000)]
    yield "3,000 lines, one changed", "\n".join(lines), "\n".join([*lines[:-1], "changed"])


def _hostile(chance: random.Random) -> Iterator[tuple[str, str, str]]:
    def lines(every: int) -> str:
        return "\n".join("ab"[n % every == 0] for n in range(100_000))

    def han() -> str:
        return "".join(chr(0x4E00 + chance.randrange(2_000)) for _ in range(SIZE // 3))

    yield "100,000 short lines", lines(2), lines(3)
    yield "100,000 lines of blanks", " \n" * 100_000 + "x", "\t\n" * 100_000 + "x"
    yield "every word the same", "a " * (SIZE // 2), "a " * (SIZE // 2 - 1_000) + "b"
    yield "one giant word", "a" * SIZE, "a" * (SIZE - 1) + "b"
    yield "a script without spaces", han(), han()
    yield "a hidden character after each letter", "a\u200b" * (SIZE // 4), "b\u200b" * (SIZE // 4)
    yield "tag characters", "a\U000e0041" * (SIZE // 5), "b\U000e0042" * (SIZE // 5)
    yield "nothing but variables", "{{a}} " * (SIZE // 6), "{{b}} " * (SIZE // 6)
    yield "broken braces", "{{ " * (SIZE // 3), "{{x " * (SIZE // 4)
    yield "letters with marks", "e\u0301" * (SIZE // 3), "a\u0301" * (SIZE // 3)
    yield "punctuation", "!?" * (SIZE // 2), "?." * (SIZE // 2)
    yield "look-alike letters", "p\u0430 " * (SIZE // 4), "\u0430p " * (SIZE // 4)
    yield "blanks inside", "a" + " " * (SIZE - 2) + "b", "a" + " " * (SIZE - 2) + "c"


def _numbered(stem: str) -> str:
    return "".join(f"{stem}{n} " for n in range(SIZE))[:SIZE]


if __name__ == "__main__":
    main()
