"""What counts as personal data, what only looks like it, and how little is shown of it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.checks.pii import find_pii
from evaluation.domain.checks.private import in_words


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Write to anna.meyer+shop@mail.example.org.", "an email address"),
        ("<b>ANNA@EXAMPLE.COM</b>", "an email address"),
        ("IBAN: DE89 3704 0044 0532 0130 00 AND more", "an IBAN"),
        ("gb82west12345698765432", "an IBAN"),
        ("NL91-ABNA-0417-1643-00", "an IBAN"),
        ("card 4111 1111 1111 1111, exp 12/29", "a payment card number"),
        ("order 12 5555555555554444", "a payment card number"),
        ("3782-822463-10005", "a payment card number"),
        ("SSN 123-45-6789", "a US social security number"),
        ("Call +49 (0)30 1234567 now", "a phone number"),
        ("0049 171 2345678", "a phone number"),
        ("(415) 555-0132", "a phone number"),
        ("415.555.0132", "a phone number"),
        ("0171 2345678", "a phone number"),
        ("020 7946 0958", "a phone number"),
    ],
)
def test_personal_data_is_found_once_and_named(text, kind):
    assert [finding.kind for finding in find_pii(text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ask @anna, or see anna@localhost",
        "price 12@ 3.50 each",
        "DE89 3704 0044 0532 0130 01",  # its check digits do not agree
        "DE89 3704 0044 0532 0130 0000",  # longer than a German one
        "4111 1111 1111 1112",
        "order 1234567890123456",  # nobody issues cards that begin with 1
        "1732198765432",  # milliseconds
        "2026-11-21T14:05:00Z, 01/02/2026, 01-02-2026",
        "000-12-3456 666-12-3456 900-12-3456",
        "version 1.2.3-4567, 10.20.30.40",
        "3.1415926535 and 1,000,000.50 and 100 000 000",
        "0123456789abcdef0123456789abcdef",
        "550e8400-e29b-41d4-a716-446655440000",
    ],
)
def test_what_only_looks_like_personal_data_is_left_alone(text):
    assert find_pii(text) == []


def test_a_find_names_its_line_and_shows_no_more_than_its_beginning():
    found = find_pii("Dear customer,\nwrite to anna@example.com\nor call (415) 555-0132.")
    assert [(f.kind, f.line, f.redacted) for f in found] == [
        ("an email address", 2, "an…"),
        ("a phone number", 3, "(4…"),
    ]


def test_what_is_allowed_is_not_reported_and_its_neighbour_is():
    text = "Help@Shop.example, sales@shop.example, anna@mail.example, +49 30 1234567"
    assert len(find_pii(text, ["help@shop.example"])) == 3
    assert len(find_pii(text, ["@shop.example", " +49 30 1234567 "])) == 1


def test_several_finds_are_told_in_one_line_that_holds_none_of_them():
    found = find_pii("a@b.example\nc@d.example, +49 30 1234567")
    assert in_words(found) == "a phone number (line 2), an email address (lines 1, 2)"


@given(st.text())
def test_any_text_can_be_looked_at(text):
    assert all(finding.line >= 1 for finding in find_pii(text))


@pytest.mark.parametrize(
    "unit", ["a", "a.", "1", "1 ", "1-", "(", "+1", "a@", "a@a.", "DE89", "0123 ", "4111 "]
)
def test_a_hostile_text_takes_no_time(unit):
    started = time.process_time()
    find_pii(unit * (500_000 // len(unit)))
    assert time.process_time() - started < 3
