"""Uploaded files, unpacked and decoded. Nothing in them is trusted.

A file that cannot be read becomes an entry with its fault, so that the report can name it
beside the others. What is wrong with the upload as a whole raises `FilesError`.
"""

import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

ENDINGS = ("md", "txt", "json", "yaml", "yml", "csv")
MIB = 1024 * 1024
NAME_LENGTH = 300
# What zipfile raises on damaged archives; RuntimeError also on encrypted ones and on ways of
# packing that it does not know.
BROKEN_ARCHIVE = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError),
    *(OSError, ValueError, RuntimeError, OverflowError),
)


class FilesError(ValueError):
    """The upload cannot be taken at all; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read: `files` after unpacking, `size` in bytes of all of them together."""

    files: int
    size: int


IMPORT_LIMITS = Limits(files=500, size=10 * MIB)
# A history has a file for each version.
ADOPTION_LIMITS = Limits(files=10_000, size=32 * MIB)


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file by its path in the upload, and its text or its fault.

    `ignored` marks a file of another kind (a picture, a program): it is named, not read.
    """

    name: str
    text: str = ""
    fault: str = ""
    ignored: bool = False

    @property
    def ending(self) -> str:
        """`md` of `support/refunds.md`, in small letters."""
        return ending_of(self.name)

    def stored(self) -> dict[str, Any]:
        """Return the file as JSON."""
        return asdict(self)


def ending_of(name: str) -> str:
    """Return what stands after the last dot, in small letters."""
    return name.rpartition(".")[2].lower()


def unpack(given: Iterable[tuple[str, bytes]], limits: Limits) -> list[TextFile]:
    """Return the files of an upload, archives unpacked, in the order of their names.

    Raises FilesError beyond a limit, and for an archive that is broken or unsafe.
    """
    files: list[TextFile] = []
    size = 0
    seen: set[str] = set()
    for name, data in _flat(given, limits):
        size += len(data)
        if size > limits.size:
            raise _too_large(limits)
        if name in seen:
            raise FilesError(f"{name} is there twice. Give each file once.")
        seen.add(name)
        files.append(_decoded(name, data))
        if len(files) > limits.files:
            raise FilesError(f"More than {limits.files:,} files. Give them in several parts.")
    if not any(not file.ignored for file in files):
        raise FilesError(f"There is no prompt file. Give {', '.join('.' + e for e in ENDINGS)}.")
    return sorted(files, key=lambda file: file.name)


def _flat(given: Iterable[tuple[str, bytes]], limits: Limits) -> Iterator[tuple[str, bytes]]:
    """Yield the files themselves and those inside of archives."""
    for name, data in given:
        shown = _shown(name)
        if ending_of(shown) == "zip":
            yield from _unzipped(shown, data, limits)
        else:
            yield shown, data


def _unzipped(archive: str, data: bytes, limits: Limits) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(BytesIO(data)) as opened:
            entries = [e for e in opened.infolist() if not e.is_dir() and not _is_litter(e)]
            if len(entries) > limits.files:
                raise FilesError(
                    f"{archive} holds {len(entries):,} files; at most {limits.files:,} are "
                    "read at once. Give them in several parts."
                )
            for entry in entries:
                _check_entry(archive, entry)
            top = _common_folder([entry.filename for entry in entries])
            left = limits.size
            for entry in entries:
                with opened.open(entry) as stream:
                    text = stream.read(left + 1)  # never more than is allowed, whatever it claims
                left -= len(text)
                if left < 0:
                    raise _too_large(limits)
                yield _shown(entry.filename.removeprefix(top)), text
    except FilesError:
        raise
    except BROKEN_ARCHIVE:
        raise FilesError(
            f"{archive} is broken or no zip archive. Make it again, or give its files."
        ) from None


def _check_entry(archive: str, entry: zipfile.ZipInfo) -> None:
    """Refuse an entry that points elsewhere, is locked, or is packed in an unusual way."""
    parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
    if ".." in parts or entry.filename.startswith(("/", "\\")) or ":" in entry.filename[:2]:
        why = "points outside of the archive"
    elif stat.S_ISLNK(entry.external_attr >> 16):
        why = "is a link, not a file"
    elif entry.flag_bits & 0x1:
        why = "is locked with a password"
    elif entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        why = "is packed in a way that is not read here"
    else:
        return
    raise FilesError(f"{archive}: {_shown(entry.filename)} {why}. Make the archive again.")


def _is_litter(entry: zipfile.ZipInfo) -> bool:
    """Is it one of the files that a system leaves in archives?"""
    parts = entry.filename.split("/")
    return parts[0] == "__MACOSX" or parts[-1].startswith("._") or parts[-1] == ".DS_Store"


def _common_folder(names: list[str]) -> str:
    """Return `folder/` when all of several files lie in one folder, else nothing."""
    tops = {name.partition("/")[0] if "/" in name else "" for name in names}
    top = tops.pop() if len(tops) == 1 else ""
    return f"{top}/" if top and len(names) > 1 else ""


def _decoded(name: str, data: bytes) -> TextFile:
    """Return the text of a file: UTF-8, with or without a byte order mark."""
    if ending_of(name) not in ENDINGS or "." not in name:
        return TextFile(name, ignored=True)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return TextFile(name, fault="This is UTF-16 text. Save the file as UTF-8.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return TextFile(name, fault=f"Line {line} is not UTF-8 text. Save the file as UTF-8.")
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        fault = f"Line {line} holds a NUL character. Delete it; is this really a text file?"
        return TextFile(name, fault=fault)
    if not text.strip():
        return TextFile(name, fault="The file is empty. Write something into it, or leave it out.")
    return TextFile(name, text)


def _shown(name: str) -> str:
    """Return a path that can be stored and shown."""
    clean = "".join(c if c.isprintable() else "?" for c in name.replace("\\", "/"))
    return clean[-NAME_LENGTH:] or "file"


def _too_large(limits: Limits) -> FilesError:
    return FilesError(
        f"The files have more than {limits.size // MIB} MiB together. Give them in several parts."
    )
