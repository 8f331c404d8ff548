"""After going back it is read what applications get now, and who has not asked since."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from registry.audit.clock import database_now
from registry.audit.models import Event
from registry.prompts.models import Prompt, Version
from registry.release.models import Segment, Wire
from registry.release.rollback import roll_back
from registry.release.rollout import end
from registry.runtime.models import Fetcher
from registry.runtime.read_back import read_back
from tests import stages
from tests.runtime.conftest import MakeKey
from tests.stages import World

pytestmark = pytest.mark.django_db


def seen(make_key: MakeKey, version: Version, process: str, seconds: int) -> None:
    """A process that fetched production so long before the open segment began."""
    began = Segment.objects.get(prompt=version.prompt, ended_at=None).started_at
    Fetcher.objects.create(
        key=make_key().key,
        prompt=version.prompt,
        client="python",
        process=process,
        label="production",
        version=version,
        last_fetch_at=began - timedelta(seconds=seconds),
    )


def went_back(shop: World, prompt: Prompt) -> Version:
    """Put a worse version in production and return production; the worse one is returned."""
    worse = stages.in_production(shop, prompt, stages.MINOR_TEXT)
    roll_back(prompt, actor=shop.actor("rui"), reason="Worse.", now=database_now())
    return worse


def test_it_says_what_is_served_and_who_last_fetched_another(
    shop: World, prompt: Prompt, make_key: MakeKey
) -> None:
    worse = went_back(shop, prompt)
    for process, seconds in (("web-1", 40), ("web-2", 35)):
        seen(make_key, worse, process, seconds)
    seen(make_key, worse, "web-3", -5)  # asked since
    began = Segment.objects.get(prompt=prompt, ended_at=None).started_at
    found = read_back(prompt, actor=shop.actor("rui"), now=began + timedelta(seconds=5))
    assert found.is_well
    assert found.words == (
        f"Serving 1.0.0 everywhere as of {found.at:%H:%M:%S} UTC; "
        "2 clients last fetched 1.1.0 40 s ago."
    )
    event = Event.objects.get(action="rollback.read_back")
    assert event.reason == found.words


def test_who_fetched_during_a_canary_may_hold_its_treatment(
    shop: World, prompt: Prompt, make_key: MakeKey
) -> None:
    rollout = stages.in_canary(shop, prompt)
    now = database_now()
    end(rollout, actor=shop.actor("ana"), reason="Odd.", now=now)
    seen(make_key, prompt.versions.get(minor=0), "web-1", 60)
    found = read_back(prompt, actor=shop.actor("ana"), now=now)
    assert "1 client last fetched 1.1.0 60 s ago" in found.words


def test_an_answer_that_did_not_follow_the_label_is_told_loudly(
    shop: World, prompt: Prompt
) -> None:
    worse = went_back(shop, prompt)
    row = Wire.objects.get(prompt=prompt, label="production")
    row.body = bytes(row.body).replace(b'"version":"1.0.0"', b'"version":"1.1.0"')
    Wire.objects.filter(pk=row.pk).update(body=row.body)
    found = read_back(prompt, actor=shop.actor("rui"), now=database_now())
    assert not found.is_well
    assert f"Fetching gives {worse.semver}" in found.words
    assert "production should serve 1.0.0 to all" in found.words


def test_the_command_reads_back_too(
    shop: World, prompt: Prompt, capsys: pytest.CaptureFixture[str]
) -> None:
    stages.in_production(shop, prompt, stages.MINOR_TEXT)
    call_command("rollback", prompt.name, reason="Worse.")
    said = capsys.readouterr().out
    assert "production serves 1.0.0." in said
    assert "Serving 1.0.0 everywhere as of" in said
