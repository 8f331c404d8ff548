"""A colleague's version merged into a draft: messages, config, variables, schema."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from registry.domain.content import Content, Message
from registry.domain.merge import Merged, content_marks, merge
from registry.domain.merge_lines import Theirs
from tests.domain.strategies import chat, contents, text

RUI = Theirs("rui", "2.4.1")
SYSTEM = ("system", "You answer questions of customers about their orders.\nBe kind.")
SHOT = ("user", "Where is my parcel? It was sent on Monday.")
ANSWER = ("assistant", "It arrives on Tuesday, between nine and noon.")

bodies = st.lists(
    st.tuples(
        st.sampled_from(("system", "user", "assistant")),
        st.lists(st.sampled_from(("one", "two", "three", "{{x}}")), max_size=5).map("\n".join),
    ),
    min_size=1,
    max_size=4,
)


def content(merged: Merged, kind: str) -> Content:
    """Return a merge as a content, which it must be when its sides were."""
    return Content.from_fields(
        kind, merged.body, merged.config, merged.output_schema, merged.variables
    )


def spoken(merged: Merged) -> list[tuple[str, str]]:
    """Return (role, text) of each merged message."""
    assert isinstance(merged.body, list)
    return [(item["role"], item["content"]) for item in merged.body]


@given(contents(), contents())
def test_an_edit_of_one_side_is_taken_as_it_is(base: Content, edit: Content) -> None:
    if base.kind == edit.kind:
        for sides in ((base, edit, base), (base, base, edit), (base, edit, edit)):
            found = merge(*sides, by=RUI)
            assert found.conflicts == ()
            assert content(found, edit.kind) == edit


@given(bodies, bodies, bodies)
def test_no_message_that_one_side_added_or_changed_is_lost(
    base: list[tuple[str, str]], mine: list[tuple[str, str]], theirs: list[tuple[str, str]]
) -> None:
    found = merge(_chat(base), _chat(mine), _chat(theirs), by=RUI)
    lines = {line for _, said in spoken(found) for line in said.split("\n")}
    old = {line for _, said in base for line in said.split("\n")}
    for _, said in (*mine, *theirs):
        assert set(said.split("\n")) - old <= lines


def test_two_messages_edited_by_two_people_are_both_edited() -> None:
    mine = chat(SYSTEM, ("user", SHOT[1].replace("Monday", "Friday")), ANSWER)
    theirs = chat(("system", SYSTEM[1].replace("kind", "brief")), SHOT, ANSWER)
    found = merge(chat(SYSTEM, SHOT, ANSWER), mine, theirs, by=RUI)
    assert found.conflicts == ()
    assert [said for _, said in spoken(found)] == [
        "You answer questions of customers about their orders.\nBe brief.",
        "Where is my parcel? It was sent on Friday.",
        ANSWER[1],
    ]


def test_messages_added_at_one_place_both_stay_mine_first() -> None:
    base = chat(SYSTEM, ANSWER)
    mine, theirs = chat(SYSTEM, ("user", "Mine?"), ANSWER), chat(SYSTEM, ("user", "Yours?"), ANSWER)
    found = merge(base, mine, theirs, by=RUI)
    assert [said for _, said in spoken(found)] == [SYSTEM[1], "Mine?", "Yours?", ANSWER[1]]
    same = merge(base, mine, mine, by=RUI)
    assert [said for _, said in spoken(same)] == [SYSTEM[1], "Mine?", ANSWER[1]]


def test_an_order_that_a_colleague_changed_is_taken_over_with_my_edit_in_it() -> None:
    edited = ("user", SHOT[1].replace("Monday", "Friday"))
    found = merge(
        chat(SYSTEM, SHOT, ANSWER),
        chat(SYSTEM, edited, ANSWER),
        chat(ANSWER, SYSTEM, SHOT),
        by=RUI,
    )
    assert [said for _, said in spoken(found)] == [ANSWER[1], SYSTEM[1], edited[1]]


def test_a_message_removed_by_one_and_changed_by_the_other_stands_there_marked() -> None:
    changed = ("user", SHOT[1].replace("Monday", "Friday"))
    found = merge(
        chat(SYSTEM, SHOT, ANSWER), chat(SYSTEM, ANSWER), chat(SYSTEM, changed, ANSWER), by=RUI
    )
    assert changed[1] in spoken(found)[1][1]
    assert "you removed it and rui changed it" in found.conflicts[0]
    assert content_marks(content(found, "chat")) == [
        ("message 2 (user)", 1),
        ("message 2 (user)", 2),
        ("message 2 (user)", 4),
    ]
    gone = merge(
        chat(SYSTEM, SHOT, ANSWER), chat(SYSTEM, ANSWER), chat(SYSTEM, SHOT, ANSWER), by=RUI
    )
    assert len(spoken(gone)) == 2


def test_fields_are_merged_one_by_one_and_a_clash_keeps_mine_and_says_so() -> None:
    def prompt(config: dict[str, Any], **more: Any) -> Content:
        return text("Hello {{name}}.", config=config, **more)

    base = prompt({"model": "m1", "temperature": 0, "stop": ["a"], "x": {"deep": 1, "other": 1}})
    mine = prompt({"model": "m1", "temperature": 0.2, "x": {"deep": 2, "other": 1}})
    theirs = prompt(
        {"model": "m2", "temperature": 0.5, "stop": ["a"], "x": {"deep": 1, "other": 3}},
        output_schema={"type": "object"},
    )
    found = merge(base, mine, theirs, by=RUI)
    assert found.config == {"model": "m2", "temperature": 0.2, "x": {"deep": 2, "other": 3}}
    assert found.output_schema == {"type": "object"}
    assert found.conflicts == (
        "temperature: you have “0.2”, rui's 2.4.1 has “0.5”. Yours was kept.",
    )


def test_variables_are_merged_by_name() -> None:
    def prompt(*variables: dict[str, Any]) -> Content:
        return text("Hello {{name}}.", variables=list(variables))

    name = {"name": "name", "description": "Who", "example": "Eve"}
    found = merge(
        prompt(name),
        prompt(name | {"example": "Ann"}, {"name": "mine"}),
        prompt({"name": "theirs"}, name | {"description": "Whom"}),
        by=RUI,
    )
    rows = {row["name"]: row for row in found.variables}
    assert list(rows) == ["name", "mine", "theirs"]
    assert (rows["name"]["description"], rows["name"]["example"]) == ("Whom", "Ann")
    assert found.conflicts == ()


def test_without_a_common_start_the_whole_text_is_one_conflict() -> None:
    found = merge(None, text("Mine."), text("Theirs."), by=RUI)
    assert len(found.conflicts) == 1
    assert {"Mine.", "Theirs."} <= set(str(found.body).split("\n"))
    assert merge(None, text("Same."), text("Same."), by=RUI).conflicts == ()


def _chat(body: list[tuple[str, str]]) -> Content:
    return Content("chat", messages=tuple(Message(role, said) for role, said in body))
