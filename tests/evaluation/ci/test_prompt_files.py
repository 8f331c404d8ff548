"""Which files of a repository are evaluated, and with what they are compared."""

from pathlib import Path

import pytest

from evaluation.ci.exits import UsageError
from evaluation.ci.options import Evaluate
from evaluation.ci.prompt_files import find_prompts
from tests.evaluation.ci.conftest import git

OLD = "Answer the question of {{company}}'s customer."
NEW = OLD + " Be brief."


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An application's repository: two prompts on main, one of them changed on a branch."""
    (tmp_path / "prompts/support").mkdir(parents=True)
    (tmp_path / "prompts/support/system.md").write_text(OLD)
    (tmp_path / "prompts/greeting.txt").write_text("Say hello.")
    (tmp_path / "prompts/README").write_text("Not a prompt.")
    git(tmp_path, "init", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "prompts")
    git(tmp_path, "checkout", "-b", "edit")
    (tmp_path / "prompts/support/system.md").write_text(NEW)
    git(tmp_path, "commit", "-am", "brief")
    return tmp_path


def test_names_are_the_paths_below_the_folder(repository: Path) -> None:
    found = find_prompts(repository, Evaluate())
    assert [file.name for file in found] == ["greeting", "support/system"]
    assert [file.baseline for file in found] == [None, None]


def test_only_what_changed_since_a_ref_with_its_text_there(repository: Path) -> None:
    (found,) = find_prompts(repository, Evaluate(changed_since="main"))
    assert (found.name, found.content.text) == ("support/system", NEW)
    assert found.baseline is not None
    assert found.baseline.text == OLD


def test_a_file_that_git_does_not_know_yet_counts_as_changed(repository: Path) -> None:
    (repository / "prompts/fresh.md").write_text("Fresh.")
    found = find_prompts(repository, Evaluate(changed_since="main"))
    assert [(file.name, file.baseline is None) for file in found] == [
        ("fresh", True),
        ("support/system", False),
    ]


def test_a_server_knows_the_baseline_itself(repository: Path) -> None:
    asked = Evaluate(changed_since="main", server="https://prompts.example.org")
    (found,) = find_prompts(repository, asked)
    assert found.baseline is None


def test_changed_files_may_be_listed(repository: Path) -> None:
    listed = repository / "changed.txt"
    listed.write_text("prompts/greeting.txt\nREADME.md\n")
    (found,) = find_prompts(repository, Evaluate(changed_files=str(listed)))
    assert found.name == "greeting"
    listed.write_text("src/app.py\n")
    assert find_prompts(repository, Evaluate(changed_files=str(listed))) == []


def test_one_prompt_by_name_or_by_file(repository: Path) -> None:
    (found,) = find_prompts(repository, Evaluate(prompt="greeting"))
    assert found.path == "prompts/greeting.txt"
    asked = Evaluate(candidate="prompts/support/system.md", baseline="prompts/greeting.txt")
    (found,) = find_prompts(repository, asked)
    assert found.baseline is not None
    assert found.baseline.text == "Say hello."


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (Evaluate(prompts="/etc/*"), "below this folder"),
        (Evaluate(prompts="../**"), "below this folder"),
        (Evaluate(prompts="texts/**"), "No prompt file matches texts"),
        (Evaluate(prompt="grreting"), "holds the prompt grreting"),
        (Evaluate(changed_since="origin/nothing"), "fetch-depth: 0"),
        (Evaluate(changed_since="--output=x"), "is no git ref"),
        (Evaluate(changed_files="nothing.txt"), "no file nothing.txt"),
    ],
)
def test_what_cannot_be_found_is_said_with_its_cure(
    repository: Path, asked: Evaluate, says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        find_prompts(repository, asked)


def test_a_broken_file_is_never_left_out_silently(repository: Path) -> None:
    (repository / "prompts/broken.json").write_text('{"messages": ')
    with pytest.raises(UsageError, match=r"prompts/broken\.json"):
        find_prompts(repository, Evaluate())
