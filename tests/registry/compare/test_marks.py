"""Compared text as HTML: escaped piece by piece, nothing invisible, nothing lost."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.content import Content
from registry.domain.diff import Segment, compare
from registry.web.compare.blocks import Block, InlineLine, inline_blocks, side_blocks
from registry.web.compare.marks import FOLD_ABOVE, line_html
from registry.web.compare.present import shown
from registry.web.compare.words import summary_words, value_words

LINES = st.lists(st.text("ab<&{}x \u200b", max_size=6), min_size=1, max_size=12).map("\n".join)


def bare(markup: str) -> str:
    """Return the text of markup without chips."""
    without = re.sub(r'<span class="hidden-char"[^>]*>.*?</span>', "", markup)
    return html.unescape(re.sub(r"<[^>]+>", "", without))


def of(old: str, new: str) -> tuple[Content, Content]:
    return Content.from_fields("text", old), Content.from_fields("text", new)


def test_markup_in_a_prompt_is_text() -> None:
    line = line_html([Segment("delete", "<script>"), Segment("insert", "a & b{{x}}")])
    assert line == (
        '<del>&lt;script&gt;</del><ins>a &amp; b<span class="variable">{{x}}</span></ins>'
    )


def test_what_cannot_be_seen_is_a_chip() -> None:
    line = line_html([Segment("equal", "be\u202ekind  ")])
    assert 'title="U+202E">right-to-left override</span>' in line
    assert 'title="2 blanks at the end of the line">··</span>' in line
    assert "\u202e" not in line


def test_a_deleted_line_break_is_a_chip() -> None:
    assert 'title="line break">↵</span></del>' in line_html([Segment("delete", "gone\n")])
    assert "line break" not in line_html([Segment("equal", "stays")])


def test_a_long_unchanged_stretch_inside_a_line_is_folded_between_words() -> None:
    text = "word " * FOLD_ABOVE
    line = line_html([Segment("equal", text), Segment("insert", "!")])
    assert " characters</summary>" in line
    without = re.sub(r"<summary>.*?</summary>", "", line)
    assert bare(without) == text + "!"


@given(LINES.filter(str.strip), LINES.filter(str.strip))
def test_side_by_side_shows_both_texts_whole(old: str, new: str) -> None:
    part = compare(*of(old, new)).parts[0]
    lines = [line for block in side_blocks(part) for line in block.lines]
    # Hidden characters and blanks at line ends stand in chips, which `bare` takes away.
    seen = [bare(line.old) for line in lines if line.old_number is not None]
    assert [row.rstrip() for row in seen] == [
        row.replace("\u200b", "").rstrip() for row in old.split("\n")
    ][: len(seen)]
    assert all(not row for row in old.split("\n")[len(seen) :])


@pytest.mark.parametrize("count", [2, 30])
def test_unchanged_lines_far_from_a_change_are_folded(count: int) -> None:
    rows = [f"line {n}" for n in range(count)]
    changed = [*rows[:-1], "another end"]
    part = compare(*of("\n".join(rows), "\n".join(changed))).parts[0]
    blocks: list[Block[InlineLine]] = inline_blocks(part)
    folded = [len(block.lines) for block in blocks if block.folded]
    # Two lines before the last one stay as context.
    assert folded == ([27] if count == 30 else [])


def test_values_read_without_quotes_and_braces() -> None:
    assert value_words(["END", 3, True]) == "END, 3, yes"
    assert value_words({"a": {"b": "x"}, "c": [{"d": None}], "e": {}}) == (
        "a.b: x\nc.1.d: none\ne: empty"
    )


def test_the_summary_says_in_words_what_changed() -> None:
    def chat(texts: list[str], config: dict[str, object]) -> Content:
        messages = [{"role": "user", "content": text} for text in texts]
        return Content.from_fields("chat", messages, config)

    old = chat(["Hello dear friend", "How are you today?"], {"temperature": 0.2, "stop": ["X"]})
    new = chat(["How are you today?", "Hello dear {{friend}} of mine"], {"temperature": 0})
    assert summary_words(compare(old, new)) == [
        "3 words added, 1 removed",
        "1 message moved",
        "new variable friend",
        "temperature 0.2 → 0",
        "stop no longer set",
    ]
    assert summary_words(compare(*of("Hello.", "Hello!"))) == [
        "only punctuation or blanks changed in the text"
    ]
    assert shown(old, old, "inline")["same"]
