"""Every option has an effect or is refused, and what breaks is never taken for a pass."""

import json
from pathlib import Path
from typing import Any

import pytest

from evaluation.ci import server
from evaluation.ci.check import check
from evaluation.ci.evaluate import evaluate
from evaluation.ci.exits import Exit, NoVerdict, UsageError
from evaluation.ci.main import exit_code_of
from evaluation.ci.options import Check, Evaluate
from evaluation.ci.stored import evaluate_stored
from evaluation.ci.work import work_through
from evaluation.offline.models import Run
from tests import stages
from tests.evaluation.ci.conftest import HARMLESS, OLD, SETTINGS, edited
from tests.evaluation.offline.model_server import model

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _outside_of_a_workflow(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PROMPTCMS_KEY", "GITHUB_STEP_SUMMARY", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def evaluated(app: Path, **options: Any) -> Exit:
    return evaluate(Evaluate(**options), folder=app, tell=lambda line: None)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"resume": 3}, "--resume has no effect for files"),
        ({"project": "shop"}, "--project has no effect for files"),
        ({"baseline": "label:production"}, "known to a server only: add --server"),
        ({"baseline": "v1.0.0"}, "known to a server only"),
        ({"compare_baseline": True}, "say what to compare with"),
        ({"candidate": "v1.0.0"}, "run `manage.py evaluate_prompts` there"),
        ({"output": "no/results.json"}, "no folder for no/results.json"),
        ({"junit": "prompts"}, "prompts is a folder"),
        ({"server": ADDRESS, "dataset": "cases@2"}, "--dataset has no effect with --server"),
        ({"server": ADDRESS, "suite": "patch"}, "goes by the risk that it finds"),
        ({"server": ADDRESS, "concurrency": 3}, "at_once of the connection"),
        ({"server": ADDRESS, "max_calls": 9}, "--max-calls has no effect with --server"),
        ({"server": ADDRESS, "max_cost": 9.0}, "--max-cost has no effect with --server"),
        ({"server": ADDRESS, "baseline": "ref:main"}, "write label:production or a version"),
        ({"server": ADDRESS, "candidate": "label:staging"}, "names a version of an installation"),
    ],
)
def test_what_would_have_no_effect_is_refused_before_anything_is_asked(
    app: Path, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        evaluated(app, **options)
    assert not Run.objects.exists()


def test_results_of_an_earlier_evaluation_do_not_outlive_one_that_breaks(
    app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert evaluated(app, changed_since="main") == Exit.PASS
    assert check(Check(), folder=app, tell=lambda line: None) == Exit.PASS
    monkeypatch.setenv("PROMPTCMS_KEY", "pcms_ci_key")
    with pytest.raises(UsageError):
        evaluated(app, server="nowhere")
    with pytest.raises(NoVerdict, match="Run evaluate first"):
        check(Check(), folder=app, tell=lambda line: None)


def test_a_command_that_breaks_is_no_word_against_the_candidate(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def broken() -> Exit:
        raise RuntimeError("disk full")

    assert exit_code_of(broken) == Exit.ERRORED
    assert "disk full" in capsys.readouterr().err


def in_house(app: Path, *, more: str = "") -> None:
    """Have the edited prompt evaluated by the connection “house”, without judges."""
    plain = SETTINGS.replace("simulated", "house").replace("[faithfulness, relevance]", "[]")
    (app / "evaluation.yaml").write_text(plain + more)
    edited(app, HARMLESS)


def test_the_settings_name_the_model_and_the_options_how_many_calls_at_once(
    app: Path, settings: Any
) -> None:
    in_house(app, more="model: small\n")
    with model(seconds=0.02) as house:
        settings.PROMPTCMS_CONNECTIONS = {"house": {**house.connection, "models": []}}
        assert evaluated(app, changed_since="main", concurrency=1, max_repeat=1) == Exit.PASS
    assert settings.PROMPTCMS_CONNECTIONS["house"]["at_once"] == 1
    (document,) = json.loads((app / "eval_results.json").read_text())["prompts"]
    assert (document["thresholds"]["second_look"], document["usage"]["calls"]) == (False, 48)


def test_a_model_that_nobody_names_is_asked_for(app: Path, settings: Any) -> None:
    in_house(app)
    settings.PROMPTCMS_CONNECTIONS = {"house": {"base_url": ADDRESS}}
    with pytest.raises(UsageError, match="nobody says which model answers. Write `model: …`"):
        evaluated(app, changed_since="main")


def test_an_evaluation_of_a_server_is_followed_by_its_number(
    app: Path, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = stages.world(sandbox=True)
    prompt = stages.prompt_named(world, "support")
    stages.in_production(world, prompt, OLD)
    stages.with_suite(world, prompt)
    edited(app, HARMLESS)
    monkeypatch.setenv("PROMPTCMS_KEY", stages.key(world, "ci").secret)
    monkeypatch.setattr(server, "POLL_SECONDS", 0.01)
    options = {"server": live_server.url, "prompt": "support"}
    with pytest.raises(NoVerdict, match="wait for it with --resume"):
        evaluated(app, **options, max_seconds=1)
    run = work_through(Run.objects.get())
    assert evaluated(app, **options, resume=run.pk, gate=True) == Exit.PASS
    assert Run.objects.count() == 1
    edited(app, HARMLESS + " Be brief.")
    with pytest.raises(UsageError, match="not of prompts/support.md as it is now"):
        evaluated(app, **options, resume=run.pk)


def test_a_version_of_this_installation_takes_the_options_of_versions(tmp_path: Path) -> None:
    world = stages.world(sandbox=True)
    prompt = stages.prompt_named(world, "support")
    first = stages.in_production(world, prompt)
    stages.with_suite(world, prompt)
    stages.saved(world, prompt, stages.MINOR_TEXT, base=first)
    named = {"project": world.project.slug, "prompt": "support", "candidate": "v1.1.0"}

    def stored(**options: Any) -> Exit:
        asked = Evaluate(**{**named, **options})
        return evaluate_stored(asked, folder=tmp_path, tell=lambda line: None)

    assert stored(suite="major", junit="r.xml", markdown="r.md", gate=True) == Exit.PASS
    assert Run.objects.get(version=None).risk == "MAJOR"
    assert "<testsuite" in (tmp_path / "r.xml").read_text()
    assert "support" in (tmp_path / "r.md").read_text()
    with pytest.raises(UsageError, match="Nothing holds label:canary"):
        stored(baseline="label:canary")
    with pytest.raises(UsageError, match="--max-calls has no effect for a version"):
        stored(max_calls=3)


def test_a_text_that_says_what_it_is_compared_with_is_nothing_to_evaluate(
    app: Path, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited(app, f"---\ndescription: Only about the file.\n---\n{OLD}")
    assert evaluated(app, changed_since="main", gate=True) == Exit.PASS
    assert not Run.objects.exists()
    world = stages.world(sandbox=True)
    prompt = stages.prompt_named(world, "support")
    stages.in_production(world, prompt, OLD)
    stages.with_suite(world, prompt)
    monkeypatch.setenv("PROMPTCMS_KEY", stages.key(world, "ci").secret)
    assert evaluated(app, server=live_server.url, gate=True) == Exit.PASS
    assert json.loads((app / "eval_results.json").read_text())["prompts"] == []
