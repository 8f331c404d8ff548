"""What holds for every file: style, types, migrations, sizes, and tests that can fail."""

import ast
import re
import subprocess
import sys

import pytest
from django.core.management import call_command

from tests.source import (
    ROOT,
    file_sizes,
    function_sizes,
    functions_of,
    product_modules,
    python_files,
    size_report,
)

LONGEST_FILE = 400
LONGEST_FUNCTION = 80
POSSESSIVE_GROUP = re.compile(r"(?<!\\)\)[*+?]\+")


def test_the_style_is_kept() -> None:
    found = complaints("ruff", "check", "--quiet", "--output-format", "concise", ".")
    assert not found, found


def test_the_types_hold() -> None:
    found = complaints("mypy", "--no-error-summary")
    assert not found, found


@pytest.mark.django_db
def test_no_model_change_lacks_its_migration() -> None:
    try:
        call_command("makemigrations", check=True, dry_run=True, verbosity=1)
    except SystemExit as missing:
        pytest.fail(f"Run `manage.py makemigrations` (exit code {missing.code}).")


def test_files_and_functions_stay_small() -> None:
    too_long = [name for name, lines in file_sizes().items() if lines > LONGEST_FILE]
    too_long += [name for name, lines in function_sizes().items() if lines > LONGEST_FUNCTION]
    assert not too_long, f"Too long to hold in mind: {too_long}; {size_report()}"


def test_every_test_can_fail() -> None:
    idle = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in python_files("tests")
        if path.name.startswith("test_")
        for name in idle_tests(ast.parse(path.read_text()))
    ]
    assert not idle, "\n".join(idle)


def test_no_pattern_repeats_a_group_possessively() -> None:
    """Python 3.11.2, the one of Debian 12, loses letters there; an atomic group is right."""
    found = [
        f"{name}:{node.lineno}"
        for name, tree in product_modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and POSSESSIVE_GROUP.search(node.value)
    ]
    assert not found, f"Write (?>(?:…)*) instead of (?:…)*+: {found}"
    assert POSSESSIVE_GROUP.search(r"a(?:b)*+")
    assert not POSSESSIVE_GROUP.search(r"a\)++(?>b)*")


def test_a_test_without_an_assertion_would_be_noticed() -> None:
    source = """
def refuses(attempt): assert attempt()
def test_directly(): assert run()
def test_by_another_function(): refuses(run)
def test_never(): run()
"""
    assert idle_tests(ast.parse(source)) == ["test_never"]


def complaints(*command: str) -> str:
    """Run a tool of the test set on the whole project; return what it found wrong."""
    answer = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return f"\n{answer.stdout}{answer.stderr}" if answer.returncode else ""


def idle_tests(module: ast.Module) -> list[str]:
    """Return the tests of a file that state nothing, themselves or by a function of the file.

    A statement is an assert, pytest.raises, pytest.fail, Playwright's expect, or `refuses` of the
    tests of what the database keeps.
    """
    functions = {function.name: function for function in functions_of(module)}
    stating = {"raises", "fail", "expect", "refuses"}
    while found := {name for name, f in functions.items() if states(f, stating)} - stating:
        stating |= found
    return [name for name in functions if name.startswith("test_") and name not in stating]


def states(function: ast.FunctionDef | ast.AsyncFunctionDef, stating: set[str]) -> bool:
    """Say whether the function asserts, or calls one of the functions named in `stating`."""
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    names = {call.attr if isinstance(call, ast.Attribute) else "" for call in calls}
    names |= {call.id for call in calls if isinstance(call, ast.Name)}
    return bool(names & stating) or any(isinstance(n, ast.Assert) for n in ast.walk(function))
