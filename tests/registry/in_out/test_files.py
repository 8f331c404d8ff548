"""Uploads are unpacked without trust: bombs, links and paths that lead elsewhere are refused."""

import stat
import zipfile
from io import BytesIO

import pytest

from registry.prompts.in_out.files import FilesError, Limits, unpack

LIMITS = Limits(files=5, size=1000)


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    """Return an archive."""
    data = BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return data.getvalue()


def test_files_and_archives_become_one_list_without_what_systems_leave_in_them() -> None:
    data = zipped(
        ("mine/support/refunds.md", b"Refund."),
        ("mine/logo.png", b"\x89PNG"),
        ("__MACOSX/mine/._refunds.md", b"x"),
        ("mine/.DS_Store", b"x"),
    )
    files = unpack([("a.txt", b"\xef\xbb\xbfHello\r\n"), ("mine.ZIP", data)], LIMITS)
    assert [(file.name, file.text, file.ignored) for file in files] == [
        ("a.txt", "Hello\r\n", False),
        ("logo.png", "", True),
        ("support/refunds.md", "Refund.", False),
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a\nb\ncaf\xe9", "Line 3 is not UTF-8"),
        ("é".encode("utf-16"), "UTF-16"),
        (b"a\n\x00", "Line 2 holds a NUL"),
        (b" \n", "empty"),
    ],
)
def test_a_file_that_is_no_text_keeps_its_fault_and_loses_no_other(data: bytes, said: str) -> None:
    bad, good = unpack([("bad.md", data), ("good.md", b"Good.")], LIMITS)
    assert said in bad.fault
    assert (bad.text, good.text, good.fault) == ("", "Good.", "")


def entry(name: str, mode: int = stat.S_IFREG) -> zipfile.ZipInfo:
    """Return an entry of a given kind."""
    info = zipfile.ZipInfo(name)
    info.external_attr = (mode | 0o644) << 16
    info.create_system = 3
    return info


@pytest.mark.parametrize(
    ("info", "said"),
    [
        (entry("../evil.md"), "points outside"),
        (entry("a/../../evil.md"), "points outside"),
        (entry("/etc/evil.md"), "points outside"),
        (entry("C:/evil.md"), "points outside"),
        (entry("link.md", stat.S_IFLNK), "is a link"),
    ],
)
def test_an_archive_that_leads_elsewhere_is_refused(info: zipfile.ZipInfo, said: str) -> None:
    with pytest.raises(FilesError, match=said):
        unpack([("a.zip", zipped((info, b"x")))], LIMITS)


def test_a_bomb_is_read_no_further_than_the_limit() -> None:
    bomb = zipped(("bomb.md", b"0" * 50_000_000))
    assert len(bomb) < 100_000
    with pytest.raises(FilesError, match="more than 10 MiB"):
        unpack([("bomb.zip", bomb)], Limits(files=5, size=10 * 1024 * 1024))
    many = zipped(*((f"{n}.md", b"x") for n in range(6)))
    with pytest.raises(FilesError, match="holds 6 files; at most 5"):
        unpack([("many.zip", many)], LIMITS)
    with pytest.raises(FilesError, match="More than 5 files"):
        unpack([(f"{n}.md", b"x") for n in range(6)], LIMITS)


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04 broken", zipped(("a.md", b"x" * 50))[:-30]],
    ids=["empty", "only begun", "cut off"],
)
def test_a_broken_archive_is_named(data: bytes) -> None:
    with pytest.raises(FilesError, match="is broken or no zip archive"):
        unpack([("a.zip", data)], LIMITS)


def test_a_spoiled_archive_never_breaks_the_reader() -> None:
    whole = zipped(("a.md", b"Hello there. " * 20), ("b/c.md", b"x"))
    outcomes = set()
    for place in range(len(whole)):
        spoiled = whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]
        try:
            unpack([("a.zip", spoiled)], LIMITS)
        except FilesError:
            outcomes.add("refused")
        else:
            outcomes.add("read")
    assert outcomes == {"refused", "read"}


def test_nothing_to_read_and_a_name_given_twice_are_said() -> None:
    with pytest.raises(FilesError, match="no prompt file"):
        unpack([("logo.png", b"x")], LIMITS)
    with pytest.raises(FilesError, match=r"a\.md is there twice"):
        unpack([("a.md", b"x"), ("a.md", b"y")], LIMITS)
