"""Version numbers order as numbers, and the next free one is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.semver import Bump, Risk, Version, next_free, parse

versions = st.builds(Version, *(st.integers(0, 999_999_999) for _ in range(3)))
near = st.builds(Version, *(st.integers(0, 3) for _ in range(3)))


@given(versions)
def test_a_version_reads_back_from_its_text(version: Version) -> None:
    assert parse(str(version)) == parse(f"v{version}") == version


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1.2",
        "1.2.3.4",
        "01.2.3",
        "1.2.3-rc1",
        " 1.2.3",
        "1.2.3\n",
        "V1.2.3",
        "١.٢.٣",
        "9" * 10 + ".0.0",
    ],
)
def test_what_is_no_version_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"Write it like 2\.4\.0"):
        parse(text)


def test_versions_order_as_numbers() -> None:
    assert parse("2.10.0") > parse("2.9.1") > parse("2.9.0") > parse("1.99.99")


def test_bumps_and_risks_order_by_weight_and_not_by_letter() -> None:
    assert Bump.PATCH < Bump.MINOR < Bump.MAJOR
    assert max(Bump.MINOR, Bump.PATCH) is Bump.MINOR
    assert sorted(Risk, reverse=True) == [Risk.MAJOR, Risk.MINOR, Risk.PATCH, Risk.FIRST]
    assert Bump("MAJOR") == "MAJOR"
    assert Bump.MAJOR >= "MINOR"


@pytest.mark.parametrize(
    ("base", "bump", "taken", "expected"),
    [
        (None, Bump.PATCH, (), "1.0.0"),
        (None, Bump.MINOR, ("1.0.0",), "2.0.0"),
        ("2.4.1", Bump.PATCH, (), "2.4.2"),
        ("2.4.1", Bump.PATCH, ("2.4.2", "2.4.3"), "2.4.4"),
        ("2.4.1", Bump.MINOR, ("2.5.0",), "2.6.0"),
        ("2.4.1", Bump.MAJOR, ("2.5.0", "3.0.0"), "4.0.0"),
        ("2.4.1", Bump.PATCH, ("2.5.0", "3.0.0"), "2.4.2"),
    ],
)
def test_the_next_free_number_follows_the_base(
    base: str | None, bump: Bump, taken: tuple[str, ...], expected: str
) -> None:
    found = next_free(base and parse(base), bump, [parse(one) for one in taken])
    assert str(found) == expected


@given(near, st.sampled_from(Bump), st.sets(near))
def test_the_next_number_is_free_and_after_the_base(
    base: Version, bump: Bump, taken: set[Version]
) -> None:
    found = next_free(base, bump, taken)
    assert found > base
    assert found not in taken
