"""What is masked before the text of a call is stored, and what is left as it was."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.checks.mask import MARK, masked
from evaluation.domain.checks.pii import find_pii
from registry.domain.secrets import find_secrets

KEY = "sk-proj-" + "aB3dE5fG7h" * 4


def test_each_kind_is_replaced_by_a_mark_that_names_it_and_the_rest_stays():
    found = masked(f"Anna (anna@example.com, +49 30 1234567) pasted {KEY}; order 4711.")
    assert found.value == (
        "Anna ([masked: an email address], [masked: a phone number]) pasted "
        "[masked: an OpenAI API key]; order 4711."
    )
    assert found.kinds == {"an email address", "a phone number", "an OpenAI API key"}
    assert MARK.findall(found.value) == [
        "an email address",
        "a phone number",
        "an OpenAI API key",
    ]


def test_values_of_variables_lists_and_numbers_are_looked_at_too():
    found = masked({"to": ["a@b.example"], "card": 4111111111111111, "n": 7, "ok": True})
    assert found.value == {
        "to": ["[masked: an email address]"],
        "card": "[masked: a payment card number]",
        "n": 7,
        "ok": True,
    }
    assert found.kinds == {"an email address", "a payment card number"}


@pytest.mark.parametrize("end", ["-----END RSA PRIVATE KEY----- and on", ""])
def test_of_a_private_key_no_line_is_left(end):
    text = f"Here:\n-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n{end}"
    assert masked(text).value == f"Here:\n[masked: a private key]{end[29:]}"


def test_a_key_longer_than_its_vendor_makes_them_leaves_no_tail():
    assert masked("sk-proj-" + "aB3dE5fG7h" * 60).value == "[masked: an OpenAI API key]"


def test_a_text_without_private_data_is_the_same_text():
    text = "Where is order 40017? Use sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx as a key."
    assert (masked(text).value, masked(text).kinds) == (text, frozenset())


pieces = st.sampled_from(
    ["a@b.example", KEY, "4111 1111 1111 1111", "+49 30 1234567", " ", ",", "x", "\n", "-----"]
)


@given(st.lists(pieces | st.text(max_size=5), max_size=8).map("".join))
def test_nothing_that_is_found_survives_masking(text):
    clean = masked(text)
    assert not find_secrets(clean.value)
    assert not find_pii(clean.value)
    assert bool(clean.kinds) == bool(find_secrets(text) or find_pii(text))
    assert masked(clean.value).value == clean.value


@given(st.recursive(st.text() | st.integers() | st.booleans() | st.none(), st.lists))
def test_any_json_can_be_masked(value):
    assert masked(json.loads(json.dumps(masked(value).value))).kinds == frozenset()
