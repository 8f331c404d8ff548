"""A/B tests: a fixed share beside production, labels untouched, ended by a person."""

import json

import pytest

from registry.audit.clock import database_now
from registry.domain.errors import Refused
from registry.projects.access import NotPermitted
from registry.prompts.models import Prompt, Version
from registry.release.ab import end_ab, start_ab
from registry.release.labels import version_at
from registry.release.models import LabelEvent, Rollout, Wire
from registry.release.rollback import roll_back
from registry.release.rollout import advance, hold, start
from tests import stages
from tests.stages import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> World:
    return stages.world()


@pytest.fixture
def prompt(shop: World) -> Prompt:
    """A prompt whose first version serves production."""
    prompt = stages.prompt_named(shop)
    stages.in_production(shop, prompt)
    return prompt


@pytest.fixture
def other(shop: World, prompt: Prompt) -> Version:
    """A cleared MINOR."""
    return stages.cleared(
        shop, stages.saved(shop, prompt, stages.MINOR_TEXT, base=prompt.versions.get())
    )


def compared(shop: World, version: Version, percent: int = 40) -> Rollout:
    words = {"actor": shop.actor("lea"), "reason": "Which is better?", "now": database_now()}
    return start_ab(version, percent=percent, **words)


def served(prompt: Prompt) -> dict[str, object]:
    body: dict[str, object] = json.loads(
        bytes(Wire.objects.get(prompt=prompt, label="production").body)
    )
    return body


def test_a_fixed_share_gets_the_other_version_and_no_label_moves(
    shop: World, prompt: Prompt, other: Version
) -> None:
    moves = LabelEvent.objects.count()
    rollout = compared(shop, other)
    told = served(prompt)["rollout"]
    assert isinstance(told, dict)
    assert (told["kind"], told["percent"], told["salt"]) == ("ab", 40, rollout.salt)
    assert told["treatment"]["version"] == "1.1.0"
    assert [s.percent for s in rollout.segments.all()] == [40]
    ended = end_ab(rollout, actor=shop.actor("ana"), reason="It is clear.", now=database_now())
    assert (ended.state, ended.ended_as) == ("rolled_back", "finished")
    assert served(prompt)["rollout"] is None
    assert LabelEvent.objects.count() == moves


def test_it_takes_the_place_of_a_rollout_and_needs_a_cleared_version_beside_production(
    shop: World, prompt: Prompt, other: Version
) -> None:
    words = {"reason": "Look.", "now": database_now()}
    with pytest.raises(NotPermitted):
        start_ab(other, percent=40, actor=shop.actor("ana"), **words)
    for percent in (0, 51):
        with pytest.raises(Refused, match="from 1 to 50"):
            compared(shop, other, percent)
    with pytest.raises(Refused, match="serves production already"):
        compared(shop, version_at(prompt, "production"))
    draft = stages.saved(shop, prompt, stages.PATCH_TEXT, base=version_at(prompt, "production"))
    with pytest.raises(Refused, match="is not cleared"):
        compared(shop, draft)
    compared(shop, other)
    third = stages.cleared(
        shop,
        stages.saved(shop, prompt, stages.MINOR_TEXT + " Be brief.", base=prompt.versions.first()),
    )
    for begin in (compared, stages.started):
        with pytest.raises(Refused, match="is being rolled out"):
            begin(shop, third)


def test_nothing_takes_it_further_and_a_rollback_ends_it(
    shop: World, prompt: Prompt, other: Version
) -> None:
    rollout = compared(shop, other)
    words = {"actor": shop.actor("lea"), "reason": "Go.", "now": database_now()}
    with pytest.raises(Refused, match="ships nothing"):
        advance(rollout, expected_epoch=rollout.epoch, **words)
    with pytest.raises(Refused, match="takes no further step"):
        hold(rollout, **words)
    assert roll_back(prompt, **words) == version_at(prompt, "production")
    rollout.refresh_from_db()
    assert rollout.ended_as == "by_person"
    with pytest.raises(Refused, match="is over already"):
        end_ab(rollout, **words)


def test_the_winner_goes_out_by_a_rollout_of_its_own(
    shop: World, prompt: Prompt, other: Version
) -> None:
    rollout = compared(shop, other)
    end_ab(rollout, actor=shop.actor("lea"), reason="It won.", now=database_now())
    words = {"actor": shop.actor("lea"), "reason": "", "now": database_now()}
    shipped = start(other, **words)
    assert (shipped.kind, shipped.state) == ("ship", "soaking")
    with pytest.raises(Refused, match="no A/B test"):
        end_ab(shipped, **words)
