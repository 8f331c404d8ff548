"""The project's own source, as the tests about its shape read it."""

import ast
import statistics
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("promptcms", "registry", "evaluation")


@cache
def product_modules() -> dict[str, ast.Module]:
    """Return dotted name -> parsed source of the product; without migrations and clients."""
    return {
        _dotted(path): ast.parse(path.read_text(), str(path))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if not {"migrations", "clients"} & set(path.relative_to(ROOT).parts)
    }


def python_files(*folders: str) -> list[Path]:
    """Return the Python files below `folders`; without migrations."""
    found = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    return [path for path in found if "migrations" not in path.parts]


def imports_of(name: str, tree: ast.Module) -> Iterator[str]:
    """Yield the dotted name of everything that module `name` imports, at any depth."""
    modules = product_modules()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in modules else str(node.module)


def functions_of(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function and method, nested ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def file_sizes() -> dict[str, int]:
    """Return path -> lines of every Python file, the tests included."""
    files = [ROOT / "manage.py", *python_files(*PACKAGES, "tests")]
    return {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in files}


def function_sizes() -> dict[str, int]:
    """Return name and place -> lines of every function of the product."""
    return {
        f"{module}:{function.lineno} {function.name}": _lines(function)
        for module, tree in product_modules().items()
        for function in functions_of(tree)
    }


def size_report() -> str:
    """Return median, 95th percentile and longest of files and functions, in one line."""
    return f"files: {_summary(file_sizes())}; functions: {_summary(function_sizes())}"


def _summary(sizes: dict[str, int]) -> str:
    ordered = sorted(sizes.values())
    p95 = statistics.quantiles(ordered, n=20)[-1]
    median = statistics.median(ordered)
    return f"{len(ordered)}, median {median:.0f}, p95 {p95:.0f}, longest {ordered[-1]} lines"


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def _dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
