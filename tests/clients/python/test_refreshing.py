"""When the background asks again, beyond what the contract says for all clients."""

from promptcms_client import Client

from tests.clients.python.scripted import Chance, Clock, ScriptedServer, scripted
from tests.clients.python.stub import DOCUMENT

DOCUMENTS = {"control": DOCUMENT}
FIRST = {"status": 200, "document": "control", "etag": '"a"', "generation": "6f1c:5"}


def test_an_answer_older_than_max_stale_is_asked_for_however_long_the_refresh_time_is() -> None:
    client, server, clock = scripted(DOCUMENTS, refresh=300, max_stale=60)
    for clock.now in (0, 61):
        server.answers = [{**FIRST, "document": "control"}]
        assert client.get_prompt("support/system").state == "fresh"
        assert not server.answers


def test_chance_makes_a_refresh_sooner_but_never_later() -> None:
    class Hurry(Chance):
        def random(self) -> float:
            return 0.999

    server, clock = ScriptedServer(DOCUMENTS), Clock()
    client = Client(
        "https://prompts.example",
        "pcms_k",
        background=False,
        transport=server,
        clock=clock,
        random=Hurry(),
    )
    server.answers = [FIRST]
    client.get_prompt("support/system")
    clock.now = 7.9
    client.tick()
    assert len(server.requests) == 1
    clock.now = 8.1
    server.answers = [{"status": 304}]
    client.tick()
    assert len(server.requests) == 2


def test_a_server_that_does_not_answer_at_all_is_asked_once_for_all_prompts() -> None:
    client, server, clock = scripted(DOCUMENTS)
    for name in ("a", "b", "c"):
        server.answers = [FIRST]
        client.get_prompt(name)
    clock.now = 10
    server.requests.clear()
    server.answers = [{"failure": "connection"}]
    client.tick()
    assert len(server.requests) == 1
    clock.now = 20
    server.answers = [{"status": 500}, {"status": 304}, {"status": 304}]
    client.tick()
    assert len(server.requests) == 4, "an answer, even a bad one, speaks for its own prompt only"
    assert client.get_prompt("b").age == 0
    assert client.get_prompt("a").age == 20


def test_numbers_of_a_rollout_and_its_end_reach_calls_that_go_on() -> None:
    treatment = {**DOCUMENT, "version": "1.1.0"}
    rollout = {"id": 7, "epoch": 1, "salt": "s", "percent": 100, "treatment": treatment}
    documents = {**DOCUMENTS, "rolling": {**DOCUMENT, "rollout": rollout}}
    client, server, clock = scripted(documents)
    server.answers = [{**FIRST, "document": "rolling"}]
    prompt = client.get_prompt("support/system", unit="u")
    assert (prompt.version, prompt.variant) == ("1.1.0", "treatment")
    clock.now = 10
    server.answers = [{**FIRST, "etag": '"b"', "generation": "6f1c:6"}]
    client.tick()
    assert client.get_prompt("support/system", unit="u").variant == "control"
    assert (prompt.version, prompt.variant) == ("1.1.0", "treatment"), "a call under way keeps its"
