"""Two edits of one text become one, line by line; what clashes is marked, nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.merge_lines import Theirs, marks_left, merge_texts

RUI = Theirs("rui", "2.4.1")
MARKED = """Dear customer,
<<<<<<< yours:
we refund within 14 days.
======= rui, 2.4.1:
we refund within 30 days.
>>>>>>> keep one of the two, then delete these three lines
Goodbye."""
# Few different lines, so that edits meet often.
texts = st.lists(st.sampled_from(("a", "b", "c", "d", "")), max_size=8).map("\n".join)


def merged(base: str, mine: str, theirs: str) -> str:
    """Return the merged text."""
    return merge_texts(base, mine, theirs, by=RUI).text


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "answer"),
    [
        ("one\ntwo\nthree", "ONE\ntwo\nthree", "one\ntwo\nTHREE", "ONE\ntwo\nTHREE"),
        # Neighbouring lines are two places.
        ("one\ntwo", "ONE\ntwo", "one\nTWO", "ONE\nTWO"),
        ("one\ntwo", "one\nmine\ntwo", "one\ntwo\ntheirs", "one\nmine\ntwo\ntheirs"),
        ("one\ntwo\nthree", "two\nthree", "one\ntwo", "two"),
        ("one\ntwo", "one\nsame\ntwo", "one\nsame\ntwo", "one\nsame\ntwo"),
        ("one", "one\n", "ONE", "ONE\n"),
    ],
)
def test_edits_in_different_places_are_both_kept(
    base: str, mine: str, theirs: str, answer: str
) -> None:
    found = merge_texts(base, mine, theirs, by=RUI)
    assert (found.text, found.conflicts) == (answer, ())


def test_the_same_line_changed_twice_is_marked_with_the_name_and_the_number() -> None:
    base = "Dear customer,\nwe refund within 7 days.\nGoodbye."
    mine, theirs = base.replace("7", "14"), base.replace("7", "30")
    found = merge_texts(base, mine, theirs, by=RUI)
    assert (found.text, found.conflicts) == (MARKED, (2,))
    assert marks_left(found.text) == [2, 4, 6]


def test_two_lines_added_at_the_same_place_are_a_conflict_with_both_in_it() -> None:
    found = merge_texts("one\ntwo", "one\nmine\ntwo", "one\ntheirs\ntwo", by=RUI)
    assert len(found.conflicts) == 1
    assert {"mine", "theirs"} <= set(found.text.split("\n"))


@pytest.mark.parametrize("line", MARKED.split("\n")[1:6:2])
def test_each_mark_alone_is_found_also_with_blanks_around_it(line: str) -> None:
    assert marks_left(f"Hello.\n  {line} \nBye.") == [2]


@pytest.mark.parametrize(
    "text", ["=======", "Title\n=======", "a <<<<<<< yours: b", ">>>>>>> HEAD"]
)
def test_what_people_write_in_prompts_is_no_mark(text: str) -> None:
    assert marks_left(text) == []


@given(texts, texts)
def test_an_edit_of_one_side_is_taken_as_it_is(base: str, edit: str) -> None:
    assert merged(base, edit, base) == edit
    assert merged(base, base, edit) == edit
    assert merged(base, edit, edit) == edit


@given(texts, texts, texts)
def test_no_line_of_either_side_is_lost(base: str, mine: str, theirs: str) -> None:
    text = merged(base, mine, theirs)
    kept, old = set(text.split("\n")), set(base.split("\n"))
    assert set(mine.split("\n")) - old <= kept
    assert set(theirs.split("\n")) - old <= kept


@given(texts, texts, texts)
def test_who_merges_changes_nothing_but_the_order_inside_the_marks(
    base: str, mine: str, theirs: str
) -> None:
    one, other = merge_texts(base, mine, theirs, by=RUI), merge_texts(base, theirs, mine, by=RUI)
    assert len(one.conflicts) == len(other.conflicts)
    assert bool(one.conflicts) == bool(marks_left(one.text))
    if not one.conflicts:
        assert one.text == other.text


@given(st.lists(st.sampled_from("xyz"), min_size=1, max_size=4), texts, texts)
def test_edits_with_a_line_between_them_never_clash(
    between: list[str], head: str, tail: str
) -> None:
    fixed = "\n".join(between)
    base = f"start\n{fixed}\nend"
    found = merge_texts(base, f"{head}\n{fixed}\nend", f"start\n{fixed}\n{tail}", by=RUI)
    assert (found.text, found.conflicts) == (f"{head}\n{fixed}\n{tail}", ())
