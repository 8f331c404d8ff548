"""The packages of our clients, built from their sources once in a process: same bytes each time."""

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

SOURCES = Path(settings.BASE_DIR) / "promptcms" / "clients"
BUILD_SECONDS = 60
MODE = 0o644
LEFT_OUT = {"__pycache__", "node_modules"}
FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the oldest that a zip can say

_building = threading.Lock()
_built: dict[str, "Package"] = {}


@dataclass(frozen=True)
class Package:
    """A package ready to be sent; `etag` with its quotes."""

    content: bytes
    content_type: str
    etag: str


@dataclass(frozen=True)
class Recipe:
    """How a file is made: its language, its type, and what builds its bytes."""

    language: str
    title: str
    filename: str
    content_type: str
    build: Callable[[Path], bytes]


def package(recipe: Recipe) -> Package:
    """Return the package, built at the first call in this process and kept in `VAR_DIR`."""
    with _building:
        if recipe.filename not in _built:
            content = recipe.build(SOURCES / recipe.language)
            _keep(recipe, content)
            etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
            _built[recipe.filename] = Package(content, recipe.content_type, etag)
        return _built[recipe.filename]


def wheel(source: Path) -> bytes:
    """Build the wheel of the Python client in a process of its own: a build needs its folder."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
            cwd=source,
            env={**os.environ, "SOURCE_DATE_EPOCH": "315532800", "PYTHONDONTWRITEBYTECODE": "1"},
            check=True,
            capture_output=True,
            timeout=BUILD_SECONDS,
        )
        (built,) = Path(folder).glob("*.whl")
        return built.read_bytes()


def npm_tarball(source: Path) -> bytes:
    """Pack the Node client as npm does: what `files` of its package.json names, in `package/`."""
    named = json.loads((source / "package.json").read_text())["files"]
    files = _files(source, ["package.json", "README.md", *named])
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in files:
            content = path.read_bytes()
            entry = tarfile.TarInfo(f"package/{path.relative_to(source).as_posix()}")
            entry.size, entry.mode = len(content), MODE
            tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=0)


def source_zip(source: Path) -> bytes:
    """Zip the sources of the C# client: a project that another one can refer to."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _files(source, ["*.cs", "*.csproj", "examples", "README.md"]):
            inside = path.relative_to(source).as_posix()
            entry = zipfile.ZipInfo(f"Promptcms.Client/{inside}", FIRST_DAY)
            entry.external_attr = MODE << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return packed.getvalue()


RECIPES = (
    Recipe(
        "python",
        "Python",
        "promptcms_client-0.1.0-py3-none-any.whl",
        "application/zip",
        wheel,
    ),
    Recipe("node", "Node", "promptcms-client-0.1.0.tgz", "application/gzip", npm_tarball),
    Recipe("csharp", "C#", "Promptcms.Client-0.1.0.zip", "application/zip", source_zip),
)


def _files(source: Path, patterns: Iterable[str]) -> list[Path]:
    """Return the files that the patterns name, folders with all that is in them, in order."""
    found = {path for pattern in patterns for path in source.glob(pattern)}
    inside = {inner for path in found if path.is_dir() for inner in path.rglob("*")}
    files = {path for path in found | inside if path.is_file() and not path.is_symlink()}
    return sorted(path for path in files if not LEFT_OUT & set(path.parts))


def _keep(recipe: Recipe, content: bytes) -> None:
    """Write the package beside the other files of this server, whole or not at all.

    A server that cannot write there goes on: the package is answered from memory.
    """
    folder = Path(settings.VAR_DIR) / "clients"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(content)
        os.chmod(file.name, MODE)
        os.replace(file.name, folder / recipe.filename)
