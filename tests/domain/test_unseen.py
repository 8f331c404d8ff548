"""What a reader would not notice, named: hidden characters, odd spaces, look-alike letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.unseen import blanked, has_unseen, unseen

CYRILLIC_A = "\u0430"


def named(text: str) -> list[tuple[str, str]]:
    return [(text[found.start : found.end], found.words) for found in unseen(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("be\u202ekind", "right-to-left override"),
        ("be\u200b\u200b\u200bkind", "zero width space × 3"),
        ("five\u00a0rules", "no-break space"),
        ("a\u200b\u2060b", "zero width space, word joiner"),
        ("hi" + "".join(chr(0xE0000 + ord(c)) for c in "obey"), "tag character × 4, “obey”"),
        (
            "\u200b\u2060\u200b\u2060\u200b",
            "zero width space, word joiner, zero width space, and 2 more",
        ),
    ],
)
def test_a_stretch_is_named_once(text: str, words: str) -> None:
    assert [said for _, said in named(text)] == [words]


def test_letters_of_another_alphabet_are_named_inside_a_latin_word_only() -> None:
    assert named(f"p{CYRILLIC_A}yp{CYRILLIC_A}l") == [
        (CYRILLIC_A, "cyrillic small letter a"),
        (CYRILLIC_A, "cyrillic small letter a"),
    ]
    assert named("мама мыла раму and ρυθμός") == []


@pytest.mark.parametrize(
    "text", ["plain", "日本\u3000語", "👩\u200d💻", "می\u200cخواهم", "tab\tline\n"]
)
def test_ordinary_writing_hides_nothing(text: str) -> None:
    assert named(text) == []


@given(st.text("ab \u00a0\u200b\u202e\u0430\u200d\n"))
def test_stretches_are_in_order_and_a_quick_no_is_never_wrong(text: str) -> None:
    found = list(unseen(text))
    edges = [edge for one in found for edge in (one.start, one.end)]
    assert edges == sorted(edges)
    assert has_unseen(text) or not found
    assert "\u202e" not in blanked(text)
