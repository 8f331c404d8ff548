"""The ledger answers what a label served at a moment, and lists who moved it why."""

from datetime import timedelta

import pytest
from django.utils import timezone

from registry.prompts.models import Prompt
from registry.release.models import LabelEvent
from tests import stages
from tests.registry.web.conftest import SignIn
from tests.registry.web.reading import words
from tests.stages import World

PAGE = "/projects/shop/prompts/support/system/ledger"


@pytest.fixture
def moves(shop: World, prompt: Prompt) -> list[LabelEvent]:
    """The moves of production, oldest first: 1.0.0, then 1.0.1."""
    stages.in_production(shop, prompt)
    stages.in_production(shop, prompt, stages.PATCH_TEXT)
    return list(LabelEvent.objects.filter(prompt=prompt, name="production").order_by("id"))


def test_it_names_the_version_that_was_served_and_who_moved_it(
    moves: list[LabelEvent], as_: SignIn
) -> None:
    vic = as_("vic")
    at_first = moves[0].at.strftime("%Y-%m-%dT%H:%M:%S.999")
    if moves[1].at > moves[0].at + timedelta(seconds=1):
        assert "Production served 1.0.0" in words(vic.get(PAGE, {"at": at_first}))
    now = words(vic.get(PAGE, {"at": timezone.now().isoformat()}))
    assert "Production served 1.0.1 at that moment" in now
    assert "lea moved it there" in now
    before = words(vic.get(PAGE, {"at": "2020-01-01T00:00"}))
    assert "Production served nothing yet at that moment" in before


def test_the_typed_moment_is_in_the_zone_of_who_asks(
    shop: World, moves: list[LabelEvent], as_: SignIn
) -> None:
    vic = shop.person("vic")
    vic.time_zone = "Asia/Tokyo"
    vic.save()
    page = words(as_("vic").get(PAGE, {"at": "2020-06-01T09:30"}))
    assert "1 Jun 2020 09:30 JST" in page
    assert (
        'title="2020-06-01 00:30:00 UTC"'
        in as_("vic").get(PAGE, {"at": "2020-06-01T09:30"}).content.decode()
    )


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("yesterday", "Give a date and time like"),
        ("0001-01-01T00:00", "Give a year between 2000 and 2100."),
        ("2099-01-01T00:00", "That moment has not come yet."),
    ],
)
def test_a_moment_that_cannot_be_answered_is_said_and_kept(
    moves: list[LabelEvent], as_: SignIn, typed: str, says: str
) -> None:
    answer = as_("vic").get(PAGE, {"at": typed})
    assert answer.status_code == 400
    assert says in words(answer)
    assert f'value="{typed}"' in answer.content.decode()


def test_every_move_of_every_label_is_listed(moves: list[LabelEvent], as_: SignIn) -> None:
    page = words(as_("vic").get(PAGE))
    assert "production 1.0.0 → 1.0.1 figures compare lea Go." in page
    assert "staging nothing → 1.0.0 lea Go." in page


def test_a_prompt_that_never_moved_says_so(prompt: Prompt, as_: SignIn) -> None:
    assert "No label of this prompt has moved yet." in words(as_("vic").get(PAGE))
