"""YAML that is read as JSON would be, and written so that it reads back exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.prompts.in_out.yaml_text import YAML_BYTES, YamlError, read_yaml, write_yaml

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60)
NASTY = st.sampled_from(
    [
        *("yes", "no", "null", "~", "1.0", "1e5", "0x1f", "007", "12:30", "2026-01-01", "=", "<<"),
        *("---", "...", "- a", "a: b", "# c", "&a", "*a", "!t", "|", ">", "%d", "@x", "`"),
        *("\ufeff", "\x85", "a\nb", "a\n\n b\n", "\n a", " a", "a ", "a\t", "\ta", "a\r\nb"),
        *("\u2028", "\x7f", "💡\n'\""),
    ]
)
LEAVES = (
    TEXT | NASTY | st.none() | st.booleans() | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
)  # fmt: skip
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT | NASTY, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_every_json_value_is_written_and_read_back_exactly(value: object) -> None:
    again = read_yaml(write_yaml(value))
    assert again == value
    assert repr(again) == repr(value), "1.0 stays a float, true stays no number"


def test_words_are_read_as_yaml_1_2_reads_them() -> None:
    text = "a: no\nb: 12:30\nc: 007\nd: 2026-01-01\ne: 1.5\nf: ~\ng: true\nh: 'true'\ni:\n"
    assert read_yaml(text) == {
        "a": "no", "b": "12:30", "c": "007", "d": "2026-01-01", "e": 1.5, "f": None, "g": True,
        "h": "true", "i": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x [1]\nb: *x", "Line 1: anchors and aliases"),
        ("a: 1\nb: !!python/object/apply:os.system [ls]", "Line 2: the tag"),
        ("a: !t x", "the tag !t"),
        ("a: 1\na: 2", "Line 2: the key 'a' is given twice"),
        ("a: 1\n---\nb: 2", "second document"),
        ("a: b: c", "Line 1: this is no YAML"),
        ("? [a]\n: b", "key must be"),
        ("[" * 5000, "nested more than 32"),
        ("a: " + "9" * 5000, "too many digits"),
        ("x" * (YAML_BYTES + 1), "longer than 512 KiB"),
        ("a: \x07", "not allowed in YAML"),
    ],
)
def test_what_could_harm_or_mislead_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(YamlError, match=said.replace("(", r"\(")):
        read_yaml(text)


def test_a_billion_laughs_stay_unsaid() -> None:
    bomb = "a: &a [x,x]\n" + "".join(f"{n}: &n{n} [*a,*a]\n" for n in range(1000))
    with pytest.raises(YamlError, match="anchors and aliases"):
        read_yaml(bomb)
