"""The demo: a company whose prompts stand at every stage, built through the real use-cases."""

import pytest
from django.core.management import CommandError, call_command

from evaluation.offline.models import Snapshot
from registry.audit.verify import verify
from registry.demo import summary
from registry.prompts.models import Prompt
from registry.release.models import Release, Rollout

pytestmark = pytest.mark.django_db


def test_the_demo_shows_a_prompt_at_every_stage() -> None:
    call_command("demo", verbosity=0)
    newest = {
        release.prompt.name: (release.version.semver, release.state)
        for release in Release.objects.order_by("id")
    }
    assert newest == {
        "support/system": ("1.2.0", "cleared"),
        "support/refunds": ("2.0.0", "in_review"),
        "support/delivery": ("1.1.0", "failed"),
        "billing/dunning": ("1.1.0", "cleared"),
        "faq/tone": ("1.1.0", "undecided"),
        "search/rewrite": ("1.0.0", "draft"),
    }
    rollouts = {r.prompt.name: (r.state, r.percent) for r in Rollout.objects.order_by("id")}
    assert rollouts["support/system"] == ("canary", 5)
    assert rollouts["billing/dunning"][0] == "rolled_back"
    assert Snapshot.objects.get().case_count >= 40
    assert list(verify()) == []


def test_a_demo_that_is_there_is_not_loaded_twice_and_one_that_broke_off_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("registry.demo.build._only_a_draft", lambda company: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            call_command("demo", verbosity=0)
    assert not Prompt.objects.exists()
    assert not summary.demo_passwords_stand()
    call_command("demo", verbosity=0)
    assert summary.demo_passwords_stand()
    with pytest.raises(CommandError, match="already"):
        call_command("demo", verbosity=0)
