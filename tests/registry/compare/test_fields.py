"""Changed fields as tables: only what changed, in words, never JSON."""

from typing import Any

from registry.domain.content import Content
from registry.domain.diff import compare
from registry.web.compare.fields import config_rows, schema_rows, variable_rows
from registry.web.compare.present import shown

Row = tuple[str, str | None, str | None]


def of(
    config: dict[str, Any] | None = None,
    schema: dict[str, Any] | None = None,
    variables: list[dict[str, Any]] | None = None,
    text: str = "Be kind.",
) -> Content:
    return Content.from_fields("text", text, config, schema, variables)


def rows(found: Any) -> list[Row]:
    return [(row.path, row.old, row.new) for row in found]


def test_a_schema_is_named_by_place_in_words() -> None:
    tags = {"type": "array", "items": {"type": "string", "maxLength": 20}}
    longer = {"type": "array", "items": {"type": "string", "maxLength": 30}}
    old = of(schema={"type": "object", "required": ["a"], "properties": {"tags": tags}})
    new = of(
        schema={
            "type": "object",
            "required": ["a", "b"],
            "properties": {"tags": longer, "b.c": {"anyOf": [{"type": "string"}]}},
            "additionalProperties": False,
        }
    )
    assert rows(schema_rows(compare(old, new))) == [
        ("required fields", "a", "a, b"),
        ("tags › each item › most characters", "20", "30"),
        ("b.c › choice 1 › kind", None, "string"),
        ("other fields allowed", None, "no"),
    ]


def test_a_schema_that_goes_is_listed_place_by_place() -> None:
    gone = compare(of(schema={"type": "object", "properties": {"a": {"type": "string"}}}), of())
    assert rows(schema_rows(gone)) == [("kind", "object", None), ("a › kind", "string", None)]


def test_a_list_of_objects_shows_only_the_item_that_changed() -> None:
    tools = [{"name": "look up", "strict": True}, {"name": "refund"}]
    changed = [{"name": "look up", "strict": False}, {"name": "refund"}, {"name": "close"}]
    found = compare(of({"tools": tools, "top_p": 1}), of({"tools": changed, "top_p": 1}))
    assert rows(config_rows(found)) == [
        ("tools › 1 › strict", "yes", "no"),
        ("tools › 3", None, "name: close"),
    ]


def test_variables_say_what_an_application_must_send() -> None:
    old = of(text="Hi {{name}} of {{team}}.", variables=[{"name": "name", "description": "Who"}])
    new = of(
        text="Hi {{name}} on {{plan}} in {{town}}.",
        variables=[
            {"name": "name", "description": "Whom"},
            {"name": "town", "required": False, "default": "Porto"},
        ],
    )
    assert rows(variable_rows(compare(old, new), old, new)) == [
        ("plan", None, "text, must be sent"),
        ("town", None, "text, optional, else “Porto”"),
        ("team", "text, must be sent", None),
        ("name › description", "Who", "Whom"),
    ]


def test_a_moved_message_says_how_far() -> None:
    def chat(*texts: str) -> Content:
        return Content.from_fields("chat", [{"role": "user", "content": text} for text in texts])

    parts = shown(
        chat("One a.", "Two b.", "Three c."),
        chat("New d.", "Three c.", "One a.", "Two b."),
        "inline",
    )
    chips = [(part.number, [word for _, word in part.chips]) for part in parts["parts"]]
    assert chips == [
        (1, ["added as message 1"]),
        (2, ["moved up 2 places"]),
        (3, ["unchanged"]),
        (4, ["unchanged"]),
    ]


def test_a_page_holds_only_so_many_lines_and_says_how_many_it_leaves_out() -> None:
    old, new = ("\n".join(f"{word} {n}" for n in range(8_000)) for word in ("old", "new"))
    for view in ("inline", "side"):
        found = shown(of(text=old), of(text=new), view)
        lines = sum(len(block.lines) for part in found["parts"] for block in part.blocks)
        assert lines <= 5_001
        assert found["left_out"] > 3_000
