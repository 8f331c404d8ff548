"""What every type of check is for, in words for the people who compose checks.

Each entry has an example with one answer that passes and one that fails; a test runs them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evaluation.domain.checks.base import Output


@dataclass(frozen=True)
class Entry:
    """A type of check explained.

    `group` is its heading in the list of types; `asks` is what to write in its text field;
    `unit` is what its numbers count. `example` are its fields filled in, `passes` and `fails`
    two answers to them.
    """

    group: str
    help: str
    passes: Output
    fails: Output
    example: Mapping[str, Any] = field(default_factory=dict)
    asks: str = ""
    unit: str = ""


WORDS, STRUCTURE, LENGTH, ENDING = "Words", "JSON", "Length", "Language and ending"
SAFETY, FIGURES = "Safety", "Time, tokens and cost"

_SEVERAL = "Texts, one on each line"
_TEXT = "Text to look for"
_EXACT = "Capital and small letters count."
_ANY_CASE = "Capital and small letters are the same."


def _entry(group: str, help: str, passes: str, fails: str, **more: Any) -> Entry:
    return Entry(group, help, Output(passes), Output(fails), **more)


def _figures(help: str, passes: Output, fails: Output, **more: Any) -> Entry:
    return Entry(FIGURES, help, passes, fails, **more)


GUIDE: dict[str, Entry] = {
    "contains": _entry(
        WORDS,
        f"The text stands somewhere in the answer. {_EXACT}",
        "Your refund is on its way.",
        "Refund sent.",
        example={"value": "refund"},
        asks=_TEXT,
    ),
    "icontains": _entry(
        WORDS,
        f"The text stands somewhere in the answer. {_ANY_CASE}",
        "Refund sent.",
        "Money sent.",
        example={"value": "refund"},
        asks=_TEXT,
    ),
    "contains_all": _entry(
        WORDS,
        f"Every one of the texts stands in the answer, in any order. {_EXACT}",
        "Send it back within 30 days with the receipt.",
        "Send it back within 30 days.",
        example={"values": ["30 days", "receipt"]},
        asks=_SEVERAL,
    ),
    "contains_any": _entry(
        WORDS,
        f"At least one of the texts stands in the answer. {_EXACT}",
        "What is your ticket number?",
        "What is your name?",
        example={"values": ["order number", "ticket number"]},
        asks=_SEVERAL,
    ),
    "icontains_all": _entry(
        WORDS,
        f"Every one of the texts stands in the answer, in any order. {_ANY_CASE}",
        "Receipt needed, within 30 Days.",
        "Within 30 days.",
        example={"values": ["30 days", "receipt"]},
        asks=_SEVERAL,
    ),
    "icontains_any": _entry(
        WORDS,
        f"At least one of the texts stands in the answer. {_ANY_CASE}",
        "Sorry about that!",
        "Here you are.",
        example={"values": ["sorry", "apologies"]},
        asks=_SEVERAL,
    ),
    "starts_with": _entry(
        WORDS,
        f"The very first characters of the answer; a blank before them fails. {_EXACT}",
        "Dear Anna, thank you.",
        "Hello Anna, thank you.",
        example={"value": "Dear"},
        asks="Text at the beginning",
    ),
    "ends_with": _entry(
        WORDS,
        f"The very last characters of the answer, full stop included. {_EXACT}",
        "All done. Kind regards",
        "All done. Kind regards!",
        example={"value": "Kind regards"},
        asks="Text at the end",
    ),
    "equals": _entry(
        WORDS,
        "The whole answer is this, character by character. An object or a list in JSON is "
        "compared by its values: spaces and the order of the keys do not matter.",
        "yes",
        "Yes.",
        example={"value": "yes"},
        asks="The whole answer",
    ),
    "regex": _entry(
        WORDS,
        "A regular expression (RE2) is found somewhere; ^ is the beginning and $ the very end "
        r"of the answer, \d is 0 to 9. Put (?i) in front to ignore capitals.",
        "Your order is AB-12345.",
        "Your order is AB-12.",
        example={"value": r"\b[A-Z]{2}-\d{5}\b"},
        asks="Pattern",
    ),
    "levenshtein": _entry(
        WORDS,
        "The whole answer is this text, except for a few characters put in, taken out or "
        "changed. 0 allows no difference.",
        "Thanks for your patience",
        "Thank you for being so patient.",
        example={"value": "Thanks for your patience.", "max": 3},
        asks="Text to compare with",
        unit="changed characters",
    ),
    "is_json": _entry(
        STRUCTURE,
        "The whole answer is JSON: nothing before or after it, no ``` around it, no NaN.",
        '{"sentiment": "good"}',
        'Here you are: {"sentiment": "good"}',
    ),
    "json_schema": _entry(
        STRUCTURE,
        "The whole answer is JSON that matches this JSON Schema (draft 2020-12). Formats such "
        "as date count; nothing is fetched from other addresses.",
        '{"score": 4}',
        '{"score": "four"}',
        example={
            "schema": {
                "type": "object",
                "required": ["score"],
                "properties": {"score": {"type": "integer"}},
            }
        },
        asks="JSON Schema",
    ),
    "contains_json": _entry(
        STRUCTURE,
        "A JSON object stands somewhere in the answer, among other text. With a JSON Schema: "
        "one that matches it.",
        'Here you are: {"sentiment": "good"}',
        "The sentiment is good.",
        asks="JSON Schema (may stay empty)",
    ),
    "required_fields": _entry(
        STRUCTURE,
        "The whole answer is a JSON object with these fields; customer.name is the name inside "
        "the customer. Their values may be anything.",
        '{"id": 7, "customer": {"name": "Anna"}}',
        '{"id": 7}',
        example={"fields": ["id", "customer.name"]},
        asks="Field names, one on each line",
    ),
    "json_path": _entry(
        STRUCTURE,
        "The whole answer is JSON with something at this place; with a value, exactly that. "
        '[0] is the first item, [*] any item. Write "5" for the text 5, and 5 for the number.',
        '{"items": [{"status": "open"}, {"status": "paid"}]}',
        '{"items": [{"status": "open"}]}',
        example={"path": "$.items[*].status", "value": "paid"},
        asks="Value there (may stay empty)",
    ),
    "not_empty": _entry(LENGTH, "There is something to read, not only blanks.", "Yes.", " \n"),
    "char_length": _entry(
        LENGTH,
        "Counts every character, blanks included.",
        "Thanks!",
        "Thank you very much indeed!",
        example={"max": 20},
        unit="characters",
    ),
    "word_count": _entry(
        LENGTH,
        "Counts words; in Chinese, Japanese and Thai every character.",
        "We are on it.",
        "OK.",
        example={"min": 3, "max": 100},
        unit="words",
    ),
    "language": _entry(
        ENDING,
        "Most letters belong to this script. It tells Russian from English, not German from "
        "English: both are written in Latin letters.",
        "Ваш заказ уже в пути.",
        "Your order is on its way.",
        example={"script": "Cyrillic"},
    ),
    "refusal": _entry(
        ENDING,
        "The model refuses to help: the provider says so, or the answer begins with such words "
        "(English, German, French, Spanish). Mostly used with “must not”.",
        "I'm sorry, but I can't help with that.",
        "I'm sorry to hear that. Here is what to do:",
    ),
    "finish_reason": Entry(
        ENDING,
        "What the provider gives as the reason for the end: stop, length, tool_calls, "
        "content_filter. That an answer is not cut off is always looked at without this.",
        Output("Done.", finish_reason="stop"),
        Output("Do", finish_reason="length"),
        example={"value": "stop"},
        asks="Reason",
    ),
    "no_secrets": _entry(
        SAFETY,
        "No keys, tokens or passwords of the shapes that well-known vendors use.",
        "Put your key into the settings.",
        "Connect to postgres://shop:s3cretWord@db.local/shop.",
    ),
    "no_pii": _entry(
        SAFETY,
        "No email addresses, phone numbers, card numbers, IBANs or US social security numbers. "
        "Names and postal addresses have no shape and are not found. What you write here may "
        "stand there; @shop.com allows that whole domain.",
        "Write to help@shop.com.",
        "Write to anna.meyer@mail.com.",
        example={"allow": ["help@shop.com"]},
        asks="May stand there, one on each line (may stay empty)",
    ),
    "token_length": _figures(
        "Counts the tokens of the answer as the provider reports them; not reported is an error.",
        Output("Short.", usage={"output_tokens": 3}),
        Output("Very long …", usage={"output_tokens": 900}),
        example={"max": 500},
        unit="tokens",
    ),
    "latency_ms": _figures(
        "How long the answer took, in thousandths of a second; not known is an error.",
        Output("Quick.", latency_ms=850),
        Output("Slow.", latency_ms=4200),
        example={"max": 2000},
        unit="milliseconds",
    ),
    "cost": _figures(
        "What the answer cost by the price of its model; a model without a price is an error.",
        Output("Cheap.", cost=0.0004),
        Output("Dear.", cost=0.02),
        example={"max": 0.002},
        unit="US dollars",
    ),
}
"""The types in the order in which they are offered, group by group."""
