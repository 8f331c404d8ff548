"""How a key looks, and what its checksum tells without a database."""

import pytest

from registry.runtime.key_format import PATTERN, digest_of, new_key, public_id_of, well_formed


def test_a_key_names_its_scopes_and_carries_256_bits_and_a_checksum() -> None:
    key = new_key(["ingest", "read"])
    prefix, scopes, public_id, secret = key.split("_")
    assert (prefix, scopes, len(public_id), len(secret)) == ("pcms", "readingest", 8, 43 + 6)
    assert PATTERN.fullmatch(key)
    assert well_formed(key)
    assert public_id_of(key) == public_id


def test_two_keys_share_nothing_but_the_prefix() -> None:
    keys = [new_key(["read"]) for _ in range(200)]
    assert len({public_id_of(key) for key in keys}) == 200
    assert len({digest_of(key) for key in keys}) == 200


@pytest.mark.parametrize("position", [5, 12, 20, 40, -1])
def test_a_mistyped_character_breaks_the_checksum(position: int) -> None:
    key = new_key(["read"])
    other = "b" if key[position] == "a" else "a"
    mistyped = key[:position] + other + key[position:][1:]
    assert well_formed(key)
    assert not well_formed(mistyped)


@pytest.mark.parametrize("text", ["", "pcms_read_", "sk-123", "pcms_read_ÄÖÜ45678_" + "x" * 49])
def test_what_is_no_key_is_not_well_formed(text: str) -> None:
    assert not well_formed(text)
