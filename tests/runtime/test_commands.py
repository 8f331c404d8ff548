"""What somebody at the server's shell can do: make a key, roll back, verify the audit."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from promptcms import guards
from registry.audit.models import Event
from registry.prompts.models import Prompt
from registry.runtime.keys import authenticate
from registry.runtime.models import ApiKey
from tests import stages
from tests.runtime.conftest import Get
from tests.stages import World

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    """Run a command and return what it prints."""
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_a_key_is_made_and_printed_with_its_langfuse_pair(prompt: Prompt, get: Get) -> None:
    labels = "production,staging,canary"
    command = ["create_api_key", "--project", "shop", "--scopes", "read", "--labels", labels]
    printed = json.loads(run(*command, "--json"))
    key = authenticate(printed["key"])
    assert key
    assert printed["id"] == key.public_id
    pair = {"public_key": f"pk-pcms-{key.public_id}", "secret_key": printed["key"]}
    assert printed["langfuse"] == pair
    assert get(secret=printed["key"]).status_code == 200
    lines = run(*command, "--name", "billing", "--expires-days", "30")
    assert ApiKey.objects.get(name="billing").public_id in lines
    assert Event.objects.filter(action="api_key.created", actor_name="operator").count() == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--project", "nowhere"], "There are: shop"),
        (["--project", "shop", "--scopes", "write"], "Choose from read"),
        (["--project", "shop", "--labels", "prod"], "Choose from production"),
        (["--project", "shop", "--expires-days", "-1"], "expired already"),
    ],
)
def test_a_wrong_key_command_says_what_is_right(
    shop: World, arguments: list[str], words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        run("create_api_key", *arguments)
    assert not ApiKey.objects.exists()


def test_a_command_rolls_production_back(shop: World, prompt: Prompt, get: Get) -> None:
    stages.in_production(shop, prompt, stages.PATCH_TEXT)
    assert get().json()["version"] == "1.0.1"
    assert "serves 1.0.0" in run("rollback", "support/system", "--reason", "Typo on the page.")
    assert get().json()["version"] == "1.0.0"
    event = Event.objects.filter(action="label.moved").latest("id")
    assert (event.actor_name, event.reason) == ("operator", "Typo on the page.")


def test_a_command_rolls_back_to_a_version_that_production_served(
    shop: World, prompt: Prompt, get: Get
) -> None:
    stages.in_production(shop, prompt, stages.PATCH_TEXT)
    stages.saved(shop, prompt, stages.MINOR_TEXT, base=prompt.versions.first())
    to = ["rollback", "support/system", "--reason", "Worse.", "--to"]
    with pytest.raises(CommandError, match="never served production"):
        run(*to, "1.1.0")
    with pytest.raises(CommandError, match="no version 9"):
        run(*to, "9.9.9")
    run(*to, "v1.0.0", "--project", "shop")
    assert get().json()["version"] == "1.0.0"


def test_a_rollback_command_asks_which_prompt_is_meant(prompt: Prompt) -> None:
    bank = stages.world("bank")
    stages.in_production(bank, stages.prompt_named(bank))
    with pytest.raises(CommandError, match="bank, shop"):
        run("rollback", "support/system", "--reason", "Wrong.")
    with pytest.raises(CommandError, match="no prompt 'nothing'"):
        run("rollback", "nothing", "--reason", "Wrong.")
    with pytest.raises(CommandError, match="no way back"):
        run("rollback", "support/system", "--project", "bank", "--reason", "Wrong.")


def test_verify_audit_names_the_first_bad_row_of_each_chain(
    prompt: Prompt, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "nothing was tampered with" in run("verify_audit")
    event = Event.objects.filter(action="label.moved").earliest("id")
    guards.drop_all(connection)
    Event.objects.filter(pk=event.pk).update(reason="Nothing to see here.")
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", stderr=out)
    assert ended.value.code == 1
    assert f"{event.chain}, event {event.seq}: was changed" in out.getvalue()
