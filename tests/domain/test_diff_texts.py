"""Two texts compared: exact for any input, by whole words, and bounded in time."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.alignment import align, common_length
from registry.domain.diff.rows import rows
from registry.domain.diff.segments import Budget, Segment, compare_texts
from registry.domain.tokens import count_words, tokens, words
from tests.domain.strategies import texts


def shown(old: str, new: str) -> str:
    """Return the comparison on one line: [-gone-] {+came+}."""
    marks = {"equal": "{}", "delete": "[-{}-]", "insert": "{{+{}+}}"}
    return "".join(marks[s.op].format(s.text) for s in compare_texts(old, new, Budget()))


def side(segments: tuple[Segment, ...], gone: str) -> str:
    """Return the text without the segments of the operation `gone`."""
    return "".join(segment.text for segment in segments if segment.op != gone)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Be kind.", "Be kind.", "Be kind."),
        ("", "Be kind.", "{+Be kind.+}"),
        ("Be kind.", "Be very kind.", "Be {+very +}kind."),
        ("Reply in French.", "Reply in German.", "Reply in [-French-]{+German+}."),
        ("Be kind", "Be kind and brief", "Be kind{+ and brief+}"),
        ("Hi {{name}}!", "Hi {{ user_name }}!", "Hi [-{{name}}-]{+{{ user_name }}+}!"),
        ("a\nb\nc\n", "a\nB\nc\n", "a\n[-b-]{+B+}\nc\n"),
        ("a\nc\n", "a\nb\nc\n", "a\n{+b\n+}c\n"),
        ("one  two", "one two", "one [- -]two"),
        ("don't stop", "do stop", "[-don't-]{+do+} stop"),
        ("日本語です", "日本人です", "日本[-語-]{+人+}です"),
        ("cafe\u0301 ok", "cafe ok", "[-cafe\u0301-]{+cafe+} ok"),
    ],
)
def test_changes_are_shown_by_whole_words(old: str, new: str, expected: str) -> None:
    assert shown(old, new) == expected


@given(texts, texts)
def test_segments_always_spell_both_texts(old: str, new: str) -> None:
    segments = compare_texts(old, new, Budget())
    assert side(segments, "insert") == old
    assert side(segments, "delete") == new
    assert all(one.op != other.op for one, other in zip(segments, segments[1:], strict=False))


@given(texts, texts)
def test_segments_spell_both_texts_even_without_any_time(old: str, new: str) -> None:
    segments = compare_texts(old, new, Budget(seconds=0))
    assert (side(segments, "insert"), side(segments, "delete")) == (old, new)


@given(texts, texts)
def test_rows_hold_every_line_of_both_sides_in_order(old: str, new: str) -> None:
    table = rows(compare_texts(old, new, Budget()))
    left = ["".join(s.text for s in row.old) for row in table if row.old_number is not None]
    right = ["".join(s.text for s in row.new) for row in table if row.new_number is not None]
    assert left == lines_of(old)
    assert right == lines_of(new)
    assert [row.old_number for row in table if row.old_number] == list(range(1, len(left) + 1))
    assert all(row.old == row.new for row in table if row.kind == "equal")


def lines_of(text: str) -> list[str]:
    """Return the lines a reader counts: a last line end opens no line of its own."""
    found = text.split("\n")
    return found[:-1] if not found[-1] else found


def test_an_inserted_line_stands_alone_and_its_neighbours_stay_level() -> None:
    table = rows(compare_texts("a\nb\n", "a\nnew\nb\n", Budget()))
    assert [(row.kind, row.old_number, row.new_number) for row in table] == [
        ("equal", 1, 1),
        ("added", None, 2),
        ("equal", 2, 3),
    ]


@given(texts)
def test_tokens_join_to_the_text_and_hold_its_words(text: str) -> None:
    assert "".join(tokens(text)) == text
    assert count_words(text) == len(words(text))


def test_words_are_what_a_person_would_count() -> None:
    assert words("Don't say “1,000.50” to {{ user }}: e-mail, 日本 हिन्दी.") == [
        "Don't", "say", "1,000.50", "to", "{{ user }}", "e-mail", "日", "本", "हिन्दी",
    ]  # fmt: skip


short = st.lists(st.sampled_from("abc"), max_size=9)


@given(short, short)
def test_the_common_length_is_that_of_the_plain_table(old: list[str], new: list[str]) -> None:
    row = [0] * (len(new) + 1)
    for a in old:
        last, row = row, [0]
        for j, b in enumerate(new):
            row.append(last[j] + 1 if a == b else max(last[j + 1], row[j]))
    assert common_length(old, new) == row[-1]


@given(short, short)
def test_a_search_to_the_end_finds_the_fewest_changes(old: list[str], new: list[str]) -> None:
    steps = align(old, new, None)
    kept = sum(step.old_end - step.old_start for step in steps if step.op == "equal")
    assert kept == common_length(old, new)


def prose(rng: random.Random, size: int, gap: str = " ") -> str:
    """Return about `size` characters of made-up words."""
    vocabulary = ["".join(rng.choices("abcdefghij", k=rng.randint(2, 9))) for _ in range(3000)]
    return gap.join(rng.choice(vocabulary) for _ in range(size // 6))


def test_sixty_edits_in_ten_kilobytes_are_found_word_by_word_at_once() -> None:
    rng = random.Random(5)
    old = prose(rng, 10_000)
    edited = old.split(" ")
    for _ in range(60):
        edited[rng.randrange(len(edited))] = "EDITED"
    started = time.process_time()
    segments = compare_texts(old, " ".join(edited), Budget())
    assert time.process_time() - started < 0.25  # About 0.01 s; flat difflib takes 0.8 s.
    assert sum(len(s.text) for s in segments if s.op == "delete") < 60 * 12


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (prose(random.Random(1), 262_144), prose(random.Random(2), 262_144)),
        ("a b " * 60_000, "b a a " * 40_000),
        ("a\n" * 120_000, "a\nb\n" * 60_000),
        (
            "".join(f"x\nu{i}\n" for i in range(20_000)),
            "".join(f"x\nv{i}\n" for i in range(20_000)),
        ),
    ],
    ids=["one line rewritten", "two words", "equal lines", "every other line"],
)
def test_full_size_texts_of_any_shape_are_compared_in_about_a_second(old: str, new: str) -> None:
    started = time.process_time()
    segments = compare_texts(old, new, Budget())
    assert time.process_time() - started < 3.0  # About 0.7 s on an idle machine.
    assert (side(segments, "insert"), side(segments, "delete")) == (old, new)
