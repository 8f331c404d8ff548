"""Two contents compared: paired messages, changed fields only, variables, figures."""

from hypothesis import given

from registry.domain.content import Content
from registry.domain.diff import FieldChange, Part, compare, unified
from registry.domain.diff.changed_fields import changed_fields
from tests.domain.strategies import chat, contents, text

SYSTEM = ("system", "You answer questions of customers about their orders.")
SHOT = ("user", "Where is my parcel?")
ANSWER = ("assistant", "It arrives on Tuesday, between nine and noon.")
QUESTION = ("user", "{{question}}")


def outlined(parts: tuple[Part, ...]) -> list[tuple[str, int | None, int | None, bool]]:
    """Return (status, old position, new position, moved) of each part."""
    return [(part.status, part.old_position, part.new_position, part.moved) for part in parts]


@given(contents(), contents())
def test_every_message_of_both_sides_is_spelt_exactly_once(old: Content, new: Content) -> None:
    comparison = compare(old, new)
    for content, position, gone in (
        (old, "old_position", "insert"),
        (new, "new_position", "delete"),
    ):
        parts = [part for part in comparison.parts if getattr(part, position) is not None]
        parts.sort(key=lambda part, position=position: getattr(part, position))
        spelt = ["".join(s.text for s in part.segments if s.op != gone) for part in parts]
        texts = [getattr(item, "content", "") for item in content.messages] or [content.text]
        assert spelt == texts


@given(contents())
def test_a_content_does_not_differ_from_itself(content: Content) -> None:
    comparison = compare(content, content)
    assert comparison.same
    assert comparison.summary.words_added == comparison.summary.words_removed == 0
    assert unified(content, content) == ""


def test_an_added_message_leaves_the_others_paired() -> None:
    comparison = compare(chat(SYSTEM, QUESTION), chat(SYSTEM, SHOT, ANSWER, QUESTION))
    assert outlined(comparison.parts) == [
        ("equal", 1, 1, False),
        ("added", None, 2, False),
        ("added", None, 3, False),
        ("equal", 2, 4, False),
    ]
    assert comparison.summary.messages_added == 2


def test_an_edited_message_is_paired_by_likeness_across_an_insertion() -> None:
    edited = ("user", "Where is my big parcel?")
    comparison = compare(chat(SHOT), chat(SYSTEM, edited))
    assert outlined(comparison.parts) == [("added", None, 1, False), ("changed", 1, 2, False)]
    assert [(s.op, s.text) for s in comparison.parts[1].segments] == [
        ("equal", "Where is my "),
        ("insert", "big "),
        ("equal", "parcel?"),
    ]


def test_a_moved_message_is_marked_once() -> None:
    comparison = compare(chat(SYSTEM, SHOT, ANSWER, QUESTION), chat(SHOT, ANSWER, SYSTEM, QUESTION))
    assert outlined(comparison.parts) == [
        ("equal", 2, 1, False),
        ("equal", 3, 2, False),
        ("equal", 1, 3, True),
        ("equal", 4, 4, False),
    ]
    assert not comparison.same


def test_a_message_that_only_changed_its_role_stays_paired() -> None:
    (part,) = compare(chat(("system", SHOT[1])), chat(SHOT)).parts
    assert (part.status, part.old_role, part.new_role) == ("changed", "system", "user")


def test_a_message_rewritten_whole_is_paired_by_role_between_its_neighbours() -> None:
    rewritten = ("system", "Nur noch auf Deutsch, bitte!")
    comparison = compare(chat(SYSTEM, QUESTION), chat(rewritten, QUESTION))
    assert outlined(comparison.parts) == [("changed", 1, 1, False), ("equal", 2, 2, False)]


def test_a_removed_message_and_placeholder_are_listed_where_they_stood() -> None:
    old = Content.from_fields(
        "chat",
        [
            {"role": "system", "content": SYSTEM[1]},
            {"type": "placeholder", "name": "history"},
            {"role": "user", "content": "{{question}}"},
        ],
    )
    comparison = compare(old, chat(SYSTEM, QUESTION))
    assert outlined(comparison.parts) == [
        ("equal", 1, 1, False),
        ("removed", 2, None, False),
        ("equal", 3, 2, False),
    ]
    assert comparison.parts[1].placeholder == "history"


def test_a_text_turned_into_a_chat_shows_the_words_that_stayed() -> None:
    comparison = compare(
        text("You are a kind assistant."), chat(("system", "You are an assistant."))
    )
    assert comparison.kinds == ("text", "chat")
    assert outlined(comparison.parts) == [("changed", 1, 1, False)]
    assert (comparison.summary.words_added, comparison.summary.words_removed) == (1, 2)


def test_five_hundred_messages_all_rewritten_are_compared() -> None:
    old = chat(*[("user", f"old words number {n} of the text") for n in range(500)])
    new = chat(*[("user", f"{n} neue Worte stehen hier drin") for n in range(500)])
    comparison = compare(old, new)
    assert comparison.summary.messages_changed == 500


def test_only_changed_fields_are_named_with_a_dotted_path() -> None:
    old = {"model": "a", "stop": ["x"], "format": {"type": "json", "strict": True}, "seed": 1}
    new = {"model": "a", "stop": ["x", "y"], "format": {"type": "text", "strict": 1}, "top_p": None}
    assert changed_fields(old, new) == (
        FieldChange("stop", "changed", ["x"], ["x", "y"]),
        FieldChange("format.type", "changed", "json", "text"),
        FieldChange("format.strict", "changed", True, 1),
        FieldChange("seed", "removed", 1, None),
        FieldChange("top_p", "added", None, None),
    )


def test_an_output_schema_that_comes_or_goes_is_one_change() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    came = compare(text("Hi"), text("Hi", output_schema=schema))
    assert came.output_schema == (FieldChange("output_schema", "added", None, schema),)
    gone = compare(text("Hi", output_schema=schema), text("Hi"))
    assert gone.output_schema == (FieldChange("output_schema", "removed", schema, None),)
    assert compare(text("Hi", output_schema={}), text("Hi")).output_schema


def test_a_variable_is_renamed_when_the_new_name_stands_in_all_the_same_places() -> None:
    renamed = compare(text("{{a}} {{b}} {{a}}"), text("{{x}} {{b}} {{x}}")).variables
    assert (renamed.renamed, renamed.added, renamed.removed) == ((("a", "x"),), (), ())
    other = compare(text("{{a}} {{b}} {{a}}"), text("{{x}} {{b}} {{y}}")).variables
    assert (other.renamed, other.added, other.removed) == ((), ("x", "y"), ("a",))


def test_declaring_a_variable_as_what_it_was_already_changes_nothing() -> None:
    declared = text("Hi {{a}}", variables=[{"name": "a"}])
    assert compare(text("Hi {{a}}"), declared).variables.changed == ()
    optional = text("Hi {{a}}", variables=[{"name": "a", "default": "you"}])
    assert compare(text("Hi {{a}}"), optional).variables.changed == (
        FieldChange("a.required", "changed", True, False),
        FieldChange("a.default", "changed", None, "you"),
    )


def test_the_summary_counts_what_a_person_sees() -> None:
    old = text("Reply to {{name}} in English.", config={"temperature": 0, "model": "a"})
    new = text("Always reply to {{name}} in {{language}}.", config={"temperature": 1, "model": "a"})
    summary = compare(old, new).summary
    # “Reply” became “Always reply”, “English” became “{{language}}”.
    assert (summary.words_added, summary.words_removed) == (3, 2)
    assert (summary.fields_changed, summary.variables_added) == (1, 1)


def test_the_unified_form_is_what_developers_expect() -> None:
    old = chat(SYSTEM, QUESTION, config={"model": "a"})
    new = chat(SYSTEM, ("user", "Q: {{question}}"), config={"model": "a"})
    assert unified(old, new, "2.4.0", "2.5.0") == (
        "--- 2.4.0\n"
        "+++ 2.5.0\n"
        "@@ -1,7 +1,7 @@\n"
        " ## system\n"
        " You answer questions of customers about their orders.\n"
        " ## user\n"
        "-{{question}}\n"
        "+Q: {{question}}\n"
        " ## config\n"
        " {\n"
        '   "model": "a"\n'
    )


def test_far_apart_changes_make_separate_hunks_that_patch_the_old_text() -> None:
    old = text("\n".join(f"line {n}" for n in range(1, 31)))
    new = text(old.text.replace("line 5\n", "").replace("line 25", "line 25\nmore"))
    found = unified(old, new)
    # Line 1 of the listing is the heading.
    assert "@@ -3,7 +3,6 @@\n" in found
    assert "@@ -24,6 +23,7 @@\n" in found
