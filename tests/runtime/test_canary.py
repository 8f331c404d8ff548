"""While a canary runs: what applications get, who sees the treatment, and units."""

import random
from datetime import timedelta

import pytest

from registry.audit.clock import database_now
from registry.domain.assignment import bucket
from registry.prompts.models import Prompt
from registry.release.models import Rollout
from registry.release.rollback import roll_back
from registry.release.rollout import start
from tests import stages
from tests.runtime.conftest import Get, MakeKey
from tests.stages import World

pytestmark = pytest.mark.django_db
PATH = "support/system"


@pytest.fixture
def rollout(shop: World, prompt: Prompt) -> Rollout:
    """1.1.0 under canary at 5 %, 1.0.0 in production."""
    return stages.in_canary(shop, prompt)


def test_production_carries_the_treatment_and_how_to_choose(rollout: Rollout, get: Get) -> None:
    body = get().json()
    treatment = body["rollout"].pop("treatment")
    assert body["version"] == "1.0.0"
    assert body["rollout"] == {
        "id": rollout.pk,
        "epoch": rollout.epoch,
        "salt": rollout.salt,
        "percent": 5,
        "kind": "ship",
    }
    assert treatment == get(f"{PATH}?version=1.1.0").json()
    assert treatment["template"] == stages.MINOR_TEXT


def test_canary_and_staging_answer_the_treatment_itself(rollout: Rollout, get: Get) -> None:
    for label in ("canary", "staging"):
        body = get(f"{PATH}?label={label}").json()
        assert (body["version"], body["label"], body["rollout"]) == ("1.1.0", label, None)
        assert body["labels"] == ["canary", "staging"]


def test_without_a_canary_the_label_canary_answers_production(
    shop: World, prompt: Prompt, get: Get
) -> None:
    assert get(f"{PATH}?label=canary").json()["version"] == "1.0.0"
    stages.in_canary(shop, prompt)
    assert get(f"{PATH}?label=canary").json()["version"] == "1.1.0"
    roll_back(prompt, actor=shop.actor("lea"), reason="Worse.", now=database_now())
    assert get(f"{PATH}?label=canary").json()["version"] == "1.0.0"
    assert get().json()["rollout"] is None


def test_a_key_sees_versions_that_held_one_of_its_labels_and_the_treatment(
    shop: World, prompt: Prompt, make_key: MakeKey, get: Get
) -> None:
    production = make_key(labels=("production",)).secret
    staging = make_key(labels=("staging",)).secret
    base = prompt.versions.get()
    draft = stages.saved(shop, prompt, stages.MINOR_TEXT, base=base)

    def seen(secret: str) -> int:
        return get(f"{PATH}?version=1.1.0", secret=secret).status_code

    assert (seen(production), seen(staging)) == (404, 404)
    stages.cleared(shop, draft)
    assert (seen(production), seen(staging)) == (404, 404)
    before = database_now() - timedelta(days=1)
    soaking = start(draft, actor=shop.actor("lea"), reason="Go.", now=before)
    assert (seen(production), seen(staging)) == (404, 200)
    stages.next_step(shop, soaking, before)
    assert (seen(production), seen(staging)) == (200, 200)
    roll_back(prompt, actor=shop.actor("lea"), reason="Worse.", now=database_now())
    assert (seen(production), seen(staging)) == (404, 200)


def test_an_unknown_version_is_answered_like_one_that_may_not_be_seen(
    shop: World, prompt: Prompt, get: Get
) -> None:
    stages.saved(shop, prompt, stages.MINOR_TEXT, base=prompt.versions.get())
    hidden, unknown = (get(f"{PATH}?version={v}.0") for v in ("1.1", "7.7"))
    assert (hidden.status_code, hidden.json()["error"]) == (404, "version_not_found")
    assert hidden.json()["message"].replace("1.1.0", "7.7.0") == unknown.json()["message"]


def unit_in(rollout: Rollout, variant: str) -> str:
    """Return a unit that falls into the variant."""
    wanted = variant == "treatment"
    limit = rollout.percent * 100
    return next(
        f"user-{n}" for n in range(10_000) if (bucket(rollout.salt, f"user-{n}") < limit) is wanted
    )


@pytest.mark.parametrize(("variant", "version"), [("control", "1.0.0"), ("treatment", "1.1.0")])
def test_the_server_chooses_for_a_unit_as_a_client_would(
    rollout: Rollout, get: Get, variant: str, version: str
) -> None:
    answer = get(f"{PATH}?unit={unit_in(rollout, variant)}")
    body = answer.json()
    assert (body["variant"], body["version"], body["assignment"]) == (variant, version, "hash")
    assert (body["label"], body["rollout"]["id"]) == ("production", rollout.pk)
    assert "treatment" not in body["rollout"]
    etag = {"If-None-Match": answer["ETag"]}
    assert get(f"{PATH}?unit={unit_in(rollout, variant)}", **etag).status_code == 304


def test_without_a_rollout_every_unit_is_control(prompt: Prompt, get: Get) -> None:
    body = get(f"{PATH}?unit=user-1").json()
    assert (body["variant"], body["assignment"], body["rollout"]) == ("control", "hash", None)


def test_an_empty_unit_draws_at_random_and_is_not_stored(
    rollout: Rollout, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws = iter([0, 9_999])
    monkeypatch.setattr(random, "randrange", lambda stop: next(draws))
    first, second = get(f"{PATH}?unit="), get(f"{PATH}?unit=")
    assert [a.json()["variant"] for a in (first, second)] == ["treatment", "control"]
    assert first.json()["assignment"] == "random"
    assert first["Cache-Control"] == "no-store"
