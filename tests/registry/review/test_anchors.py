"""Anchors: what a comment is about, written as text, and found again in the next version."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.anchors import QUOTE_LENGTH, Anchor, follow, quote_of
from registry.domain.content import Content
from registry.domain.fields import ContentError

line = st.text(alphabet="abc {}", max_size=6)


def text(body: str) -> Content:
    return Content.from_fields("text", body)


def chat(*messages: tuple[str, str]) -> Content:
    return Content.from_fields("chat", [{"role": r, "content": c} for r, c in messages])


@pytest.mark.parametrize("written", ["lines:1:2-3", "message:4", "case:angry refund"])
def test_an_anchor_reads_back_what_it_writes(written: str) -> None:
    assert str(Anchor.parse(written)) == written


@pytest.mark.parametrize(
    "written",
    [
        "",
        "lines",
        "lines:0:1-1",
        "lines:1:3-2",
        "lines:1:1-500",
        "message:0",
        "case:",
        "case:a\x00",
        "line:1:1",
    ],
)
def test_an_anchor_that_points_nowhere_is_refused_in_words(written: str) -> None:
    with pytest.raises(ContentError, match="comment"):
        Anchor.parse(written)


def test_a_quote_is_the_words_that_the_anchor_points_to() -> None:
    both = chat(("system", "Be kind.\nBe brief."), ("user", "{{question}}"))
    assert quote_of(Anchor.parse("lines:1:2-2"), both) == "Be brief."
    assert quote_of(Anchor.parse("message:2"), both) == "{{question}}"
    assert quote_of(Anchor.parse("case:q1"), both) == ""
    for beyond in ("lines:1:2-3", "message:3"):
        with pytest.raises(ContentError, match="There is no"):
            quote_of(Anchor.parse(beyond), both)
    assert len(quote_of(Anchor.parse("message:1"), text("x" * 9000))) == QUOTE_LENGTH


def test_lines_are_followed_to_where_they_stand_now_and_no_further() -> None:
    old, anchor = text("one\ntwo\nthree"), Anchor.parse("lines:1:2-2")
    assert str(follow(anchor, old, text("zero\none\ntwo\nthree"))) == "lines:1:3-3"
    assert str(follow(anchor, old, text("two\n-\n-\n-\ntwo"))) == "lines:1:1-1"  # the nearest
    assert follow(anchor, old, text("one\ntwo!\nthree")) is None


def test_lines_are_followed_into_another_message_and_a_message_by_its_role() -> None:
    old = chat(("system", "Be kind."), ("user", "Hello"))
    moved = chat(("system", "New."), ("system", "Be kind."), ("user", "Hello"))
    assert str(follow(Anchor.parse("lines:1:1-1"), old, moved)) == "lines:2:1-1"
    assert str(follow(Anchor.parse("message:1"), old, moved)) == "message:1"
    assert follow(Anchor.parse("message:2"), old, moved) is None
    assert str(follow(Anchor.parse("case:q1"), old, moved)) == "case:q1"


@given(st.lists(line, min_size=1, max_size=8), st.lists(line, max_size=4), st.data())
def test_lines_are_found_again_whatever_is_put_before_them(
    lines: list[str], before: list[str], data: st.DataObject
) -> None:
    if not "".join(lines).strip():
        lines = [*lines, "x"]
    first = data.draw(st.integers(1, len(lines)))
    anchor = Anchor(1, first, data.draw(st.integers(first, len(lines))))
    old, new = text("\n".join(lines)), text("\n".join([*before, *lines]))
    found = follow(anchor, old, new)
    assert found is not None
    assert quote_of(found, new) == quote_of(anchor, old)
