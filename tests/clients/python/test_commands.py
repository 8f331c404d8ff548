"""`pull` and `types`, as a person at a terminal uses them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from promptcms_client.__main__ import main

from tests.clients.python.stub import stub
from tests.clients.server import Server

USE = """
from types_of_prompts import SupportChat, SupportChatMessages, SupportSystem, OddName, OddName2

good: SupportSystem = {"company": "Lumen"}
chat: SupportChat = {"company": "Lumen", "question": "?"}
history: SupportChatMessages = {"history": [{"role": "user", "content": "Hi"}]}
odd: OddName = {"class": 3}
other: OddName2 = {}
"""
MISTAKES = """
from types_of_prompts import SupportChat, SupportSystem, OddName

missing: SupportSystem = {}
unknown: SupportSystem = {"company": "Lumen", "compny": "x"}
wrong: SupportChat = {"company": "Lumen", "question": "?", "tone": 5}
odd: OddName = {"class": "three"}
"""


@pytest.fixture
def snapshot(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pulled snapshot, with two prompts of odd names beside."""
    monkeypatch.setenv("PROMPTCMS_URL", server.url)
    monkeypatch.setenv("PROMPTCMS_KEY", server.key)
    file = tmp_path / "prompts.json"
    assert main(["pull", "--out", str(file)]) == 0
    document = json.loads(file.read_text())
    number = {"name": "class", "type": "integer", "required": True, "default": None}
    odd = {"kind": "text", "version": "1.0.0"}
    document["prompts"]["odd name"] = {
        **odd,
        "name": "odd name",
        "template": "{{class}}",
        "variables": [number],
    }
    document["prompts"]['odd/name"""'] = {**odd, "name": 'odd/name"""', "template": "Plain."}
    file.write_text(json.dumps(document))
    return file


def test_pull_writes_all_prompts_of_a_label(
    capsys: pytest.CaptureFixture[str], snapshot: Path
) -> None:
    document = json.loads(snapshot.read_text())
    assert document["label"] == "production"
    assert {"support/system", "support/chat", "support/rolling"} <= set(document["prompts"])
    assert "bread/system" not in document["prompts"]
    assert f"production are in {snapshot}" in capsys.readouterr().out
    assert not [path for path in snapshot.parent.iterdir() if path != snapshot]


def test_types_of_prompts_let_a_type_checker_find_what_is_wrong(
    snapshot: Path, tmp_path: Path
) -> None:
    module = tmp_path / "types_of_prompts.py"
    assert main(["types", "--snapshot", str(snapshot), "--out", str(module)]) == 0
    assert "tone: NotRequired[str]" in module.read_text()
    assert "plan: NotRequired[" in module.read_text(), "the treatment's variable"
    (tmp_path / "use.py").write_text(USE)
    (tmp_path / "mistakes.py").write_text(MISTAKES)
    ran = subprocess.run([sys.executable, "use.py"], cwd=tmp_path, capture_output=True, text=True)
    assert not ran.stderr
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", "", "--cache-dir"]
    checked = subprocess.run(
        [*command, str(tmp_path / "cache"), "use.py", "mistakes.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    found = [line.split(": error: ")[1] for line in checked.stdout.splitlines() if "error:" in line]
    assert "use.py:" not in checked.stdout, checked.stdout
    assert len(found) == 4, checked.stdout
    assert 'Missing key "company"' in found[0]
    assert 'Extra key "compny"' in found[1]


def test_a_command_that_cannot_be_done_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "prompts.json"
    file.write_text("old")
    assert main(["pull", "--out", str(file)]) == 1
    assert "PROMPTCMS_URL" in capsys.readouterr().err
    with stub() as there:
        monkeypatch.setenv("PROMPTCMS_URL", there.url)
        monkeypatch.setenv("PROMPTCMS_KEY", "pcms_k")
        said = {"error": "label_forbidden", "message": "Not for this key."}
        there.reply = lambda _: (403, {}, json.dumps(said).encode())
        assert main(["pull", "--out", str(file), "--label", "staging", "--prefix", "a b"]) == 1
        assert "Not for this key." in capsys.readouterr().err
        assert there.asked[0].path == "/api/v1/bundle?label=staging&prefix=a+b"
        there.reply = lambda _: (200, {}, b"<html>")
        assert main(["pull", "--out", str(file)]) == 1
        body = json.dumps({"label": "production", "prompts": {}}).encode()
        there.reply = lambda _: (200, {}, body)
        capsys.readouterr()
        nowhere = tmp_path / "none" / "prompts.json"
        assert main(["pull", "--out", str(nowhere)]) == 1
        assert f"{nowhere} cannot be written" in capsys.readouterr().err
    assert file.read_text() == "old"
