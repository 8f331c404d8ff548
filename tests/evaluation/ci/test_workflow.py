"""The example workflow for an application's repository does what it says: its steps are run."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.evaluation.ci.conftest import HARMFUL, HARMLESS, SETTINGS, edited
from tests.evaluation.offline.model_server import model
from tests.evaluation.providers.mock_endpoint import Reply, completion

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
WORKFLOW = ROOT / ".github/workflows/prompt-eval.yml"


def steps() -> list[dict[str, Any]]:
    return yaml.safe_load(WORKFLOW.read_text())["jobs"]["evaluate"]["steps"]


def test_the_workflow_is_careful_with_what_it_is_given() -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text())
    assert list(workflow[True]) == ["pull_request"]  # YAML reads `on` as true
    assert workflow["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert workflow["concurrency"]["cancel-in-progress"] is True
    checkout = steps()[0]["with"]
    assert checkout == {"fetch-depth": 0, "persist-credentials": False}
    for step in steps():
        assert "${{" not in step.get("run", ""), "an expression in a script can be broken out of"


def answers(prompt: str, question: str) -> Reply:
    """Judge what is to be judged; else answer, with a promise unless the prompt forbids it."""
    if "reasoning" in prompt:
        return completion(json.dumps({"reasoning": "It keeps to the context.", "score": 5}))
    promise = "" if "Never promise" in prompt else " You get a refund."
    return completion(f"Your parcel takes a few days.{promise}")


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A folder for PATH that holds the console script."""
    folder = tmp_path / "bin"
    folder.mkdir()
    path = folder / "promptcms"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m evaluation.ci.main "$@"\n')
    path.chmod(0o755)
    return folder


def ran(app: Path, script: Path, base_url: str) -> dict[str, int]:
    """Run the steps with a script but the first and those for GitHub; return their exit codes."""
    env = {
        "PATH": f"{script}:{os.environ['PATH']}",
        "HOME": str(app),
        "PYTHONPATH": str(ROOT),
        "OPENAI_BASE_URL": base_url,
        "BASE": "main",
        "GITHUB_STEP_SUMMARY": str(app / "summary.md"),
    }
    codes = {}
    for step in steps():
        if "promptcms " not in step.get("run", "") or step["name"] == "Install":
            continue
        done = subprocess.run(
            [shutil.which("bash") or "sh", "-e", "-c", step["run"]],
            cwd=app,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        codes[step["name"]] = done.returncode
        assert "Traceback" not in done.stderr, done.stderr
    return codes


def test_a_good_edit_passes_and_a_bad_one_is_stopped(app: Path, script: Path) -> None:
    settings = SETTINGS.replace("simulated", "openai") + "judge_model: small\n"
    (app / "evaluation.yaml").write_text(settings)
    prompt = "---\nconfig:\n  model: small\n---\n"
    edited(app, prompt + HARMLESS)
    subprocess.run(["git", "branch", "-f", "main", "HEAD"], cwd=app, check=True)
    with model(answers, seconds=0.2) as server:  # so that a busy machine is no slower model
        url = server.connection["base_url"]
        edited(app, prompt + HARMLESS.replace("politely", "kindly"))
        assert ran(app, script, url) == {"Evaluate": 0, "Hold the results to the bar": 0}
        results = json.loads((app / "eval_results.json").read_text())
        assert results["avg_faithfulness"] == 1.0
        assert re.search(r"<testsuite name=.support.", (app / "eval_results.xml").read_text())
        edited(app, prompt + HARMFUL)
        assert ran(app, script, url) == {"Evaluate": 0, "Hold the results to the bar": 1}
    assert "now fail" in (app / "summary.md").read_text()
