"""An exported trail is checked by somebody who has Python and nothing of ours."""

import csv
import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from registry.audit import outsider
from registry.audit.models import ChainHead, Event
from registry.prompts.edit import edit_prompt, last_history
from registry.prompts.models import Prompt
from tests import stages
from tests.registry.web.conftest import SignIn
from tests.stages import World

EXPORT = "/projects/shop/audit/export"


@pytest.fixture
def trail(shop: World, prompt: Prompt) -> World:
    """A trail with words that a file could spoil."""
    stages.in_production(shop, prompt)
    for reason in ('=1+1,"é\n"', "'quoted", "-\u202e\u2028x", "Plain."):
        edit_prompt(
            prompt,
            title=f"Title {reason[:3]}".strip(),
            description="",
            tags=[],
            seen=last_history(prompt),
            actor=shop.actor("ana"),
            reason=reason,
        )
    return shop


def exported(client: Client, kind: str, query: dict[str, str] | None = None) -> str:
    """Return the text of an export."""
    answer: Any = client.get(f"{EXPORT}/{kind}", query or {})
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode()


def checked(path: Path) -> subprocess.CompletedProcess[str]:
    """Run the script that the page offers, outside of the project."""
    script = path.with_name("outsider.py")
    script.write_text(Path(outsider.__file__).read_text())
    return subprocess.run(
        [sys.executable, "-I", script.name, path.name],
        cwd=path.parent,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_the_script_of_the_page_finds_an_honest_export_whole(
    trail: World, as_: SignIn, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / f"audit.{kind}"
    path.write_text(exported(as_("vic"), kind), newline="")
    answer = checked(path)
    assert answer.stdout == "Every event holds: nothing was changed, removed or added.\n"
    assert answer.returncode == 0


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda lines: [*lines[:3], lines[3].replace("ana", "rui"), *lines[4:]], "event 3 was"),
        (lambda lines: lines[:5] + lines[6:], "event 5 is missing"),
        (lambda lines: lines[:-1], "is missing at the end"),
        (lambda lines: [lines[0], *lines[2:]], "event 1 is missing"),
        (lambda lines: [lines[0], *lines[2:3], *lines[1:2], *lines[3:]], "event 1 is missing"),
    ],
)
def test_the_script_names_the_first_event_that_was_spoilt(
    trail: World, as_: SignIn, tmp_path: Path, spoil: Any, says: str
) -> None:
    lines = exported(as_("vic"), "jsonl").splitlines(keepends=True)
    (tmp_path / "audit.jsonl").write_text("".join(spoil(lines)))
    answer = checked(tmp_path / "audit.jsonl")
    assert says in answer.stdout
    assert answer.returncode == 1


def test_the_recipe_in_the_first_line_is_enough_to_make_every_hash(
    trail: World, as_: SignIn
) -> None:
    first, *rest = exported(as_("vic"), "jsonl").split("\n")[:-1]
    header = json.loads(first)
    names = header["recipe"].partition("[")[2].partition("]")[0].split(", ")
    for event in map(json.loads, rest):
        event["at"] = event["at"].replace("Z", "+00:00")
        values = [event[name] for name in names]
        text = json.dumps(values, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(text.encode()).hexdigest() == event["hash"]
    head = ChainHead.objects.get(chain=header["chain"])
    assert (header["head_seq"], header["head_hash"]) == (head.seq, head.hash)
    assert (header["last_seq"], header["last_hash"]) == (head.seq, head.hash)
    assert header["first_previous_hash"] == ""


def test_a_period_is_a_stretch_without_gaps_whatever_else_is_filtered(
    trail: World, as_: SignIn, tmp_path: Path
) -> None:
    middle = Event.objects.filter(project=trail.project).order_by("seq")[6]
    query = {"from": middle.at.isoformat(), "person": "nobody", "text": "nothing"}
    text = exported(as_("vic"), "jsonl", query)
    header = json.loads(text.split("\n")[0])
    first = Event.objects.filter(project=trail.project, at__gte=middle.at).order_by("seq").first()
    assert header["first_seq"] == first.seq
    assert header["first_previous_hash"] == first.previous_hash != ""
    (tmp_path / "audit.jsonl").write_text(text)
    assert checked(tmp_path / "audit.jsonl").returncode == 0
    nothing = exported(as_("vic"), "jsonl", {"until": "2020-01-01T00:00"})
    assert json.loads(nothing)["first_seq"] is None


def test_a_spreadsheet_finds_times_with_z_and_no_formula(trail: World, as_: SignIn) -> None:
    text = exported(as_("vic"), "csv")
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert rows[0][0].startswith("# {")
    columns = rows[1]
    assert all(row[columns.index("at")].endswith("Z") for row in rows[2:])
    reasons = [row[columns.index("reason")] for row in rows[2:]]
    assert '\'=1+1,"é\n"' in reasons
    assert "''quoted" in reasons
    assert not [cell for row in rows for cell in row if cell[:1] in tuple("=+-@\t\r")]
