"""An application's repository with prompts in files, on a branch."""

import subprocess
from pathlib import Path

import pytest

OLD = "You are the support agent of {{company}}. Answer the question. Never promise a refund."
HARMLESS = OLD.replace("Answer the question.", "Answer the question politely.")
HARMFUL = OLD.replace(" Never promise a refund.", "")
SETTINGS = """\
dataset: evals/cases.csv
connection: simulated
judges: [faithfulness, relevance]
checks:
  - {type: icontains, value: refund, negate: true}
"""


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=Ana", "-c", "user.email=ana@example.org"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An application's repository with one prompt, golden cases and settings, on a branch."""
    (tmp_path / "prompts").mkdir()
    (tmp_path / "evals").mkdir()
    (tmp_path / "prompts/support.md").write_text(OLD)
    rows = [
        f'c{n},I am angry: where is parcel {n}?,"Parcels take {n} days.",Northwind'
        for n in range(24)
    ]
    cases = "id,query,context,company\n" + "\n".join(rows) + "\n"
    (tmp_path / "evals/cases.csv").write_text(cases)
    (tmp_path / "evaluation.yaml").write_text(SETTINGS)
    git(tmp_path, "init", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "prompts")
    git(tmp_path, "checkout", "-b", "edit")
    return tmp_path


def edited(app: Path, text: str) -> None:
    (app / "prompts/support.md").write_text(text)
    git(app, "commit", "-am", "edit")
