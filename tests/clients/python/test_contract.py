"""The Python client does what the contract of all clients says: every case of every list."""

import json
from pathlib import Path
from typing import Any

import pytest
from promptcms_client import Client, Prompt, PromptcmsError, identity
from promptcms_client.assignment import bucket, in_treatment
from promptcms_client.document import own_version, read_document
from promptcms_client.sample import is_chosen
from promptcms_client.settings import Settings

from tests.clients.python.scripted import ScriptedServer, scripted
from tests.source import ROOT

CONTRACT = json.loads((ROOT / "promptcms/clients/contract.json").read_text())
DOCUMENTS = CONTRACT["documents"]
FIRST = {"status": 200, "etag": '"a"', "generation": "6f1c:5"}
OUR_LISTS = {
    *("compile", "assignment", "shares", "choice", "attributes"),
    *("cache", "errors", "report", "header"),
}


def test_every_list_of_the_contract_is_run_here() -> None:
    assert set(CONTRACT) == {"about", "defaults", "documents", "snapshots", *OUR_LISTS}


def test_the_settings_are_those_of_the_contract() -> None:
    settings = Settings()
    assert {name: getattr(settings, name) for name in CONTRACT["defaults"]} == CONTRACT["defaults"]


@pytest.mark.parametrize("case", CONTRACT["compile"], ids=lambda case: case["title"])
def test_compile(case: dict[str, Any]) -> None:
    if "fallback" in case:
        filler = own_version("p", case["prompt"]["messages"]).filler
    else:
        filler = read_document({"name": "p", "version": "1.0.0", **case["prompt"]}).version.filler
    if "error" not in case:
        assert filler.fill(case["values"], case.get("messages")) == case["expect"]
        return
    with pytest.raises(PromptcmsError) as refused:
        filler.fill(case["values"], case.get("messages"))
    assert refused.value.kind == case["error"]
    assert all(name in refused.value.message for name in case["names"])


@pytest.mark.parametrize("case", CONTRACT["assignment"], ids=lambda case: ascii(case["unit"])[:30])
def test_assignment(case: dict[str, Any]) -> None:
    assert bucket(case["salt"], case["unit"]) == case["bucket"]


@pytest.mark.parametrize("case", CONTRACT["shares"], ids=str)
def test_shares(case: dict[str, Any]) -> None:
    assert in_treatment(case["bucket"], case["percent"]) == case["treatment"]


@pytest.mark.parametrize("case", CONTRACT["choice"], ids=lambda case: case["title"])
def test_choice(case: dict[str, Any]) -> None:
    client, server, _ = scripted(DOCUMENTS, draw=case.get("draw", 0))
    server.answers = [{**FIRST, "document": case["document"]}]
    prompt = client.get_prompt("support/system", unit=case["unit"])
    if "error" in case:
        with pytest.raises(PromptcmsError) as refused:
            prompt.compile(case["values"], case.get("messages"))
        assert refused.value.kind == case["error"]
        assert sent(client, server) == []
        return
    text = prompt.compile(case["values"], case.get("messages"))
    assert {"text": text, **seen(prompt, case["expect"])} == case["expect"]
    assert prompt.fell_back == case["expect"].get("fell_back", False)
    reported = [without(o, "id", "ts", "label", "message") for o in sent(client, server)]
    assert reported == ([case["reported"]] if "reported" in case else [])


@pytest.mark.parametrize("case", CONTRACT["attributes"], ids=lambda case: case["document"])
def test_attributes(case: dict[str, Any]) -> None:
    client, server, _ = scripted(DOCUMENTS)
    server.answers = [{**FIRST, "document": case["document"]}]
    prompt = client.get_prompt("support/system", unit=case["unit"])
    assert prompt.attributes == case["expect"]


@pytest.mark.parametrize("case", CONTRACT["cache"], ids=lambda case: case["title"])
def test_cache(case: dict[str, Any], tmp_path: Path) -> None:
    settings = dict(case.get("settings", {}))
    if "snapshot" in case:
        settings["snapshot"] = tmp_path / "prompts.json"
        settings["snapshot"].write_text(json.dumps(CONTRACT["snapshots"][case["snapshot"]]))
    client, server, clock = scripted(DOCUMENTS, **settings)
    for step in case["steps"]:
        clock.now = step["at"]
        server.answers = list(step.get("server", []))
        server.requests.clear()
        happened = got(client, step["get"], step["expect"]) if "get" in step else ticked(client)
        expected = dict(step["expect"])
        assert len(server.requests) == expected.pop("requests"), step
        assert not server.answers, step
        if tag := expected.pop("if_none_match", None):
            assert server.requests[-1].headers["If-None-Match"] == tag
        if path := expected.pop("path", None):
            assert server.requests[-1].path == path
        assert happened == pytest.approx(expected), step


@pytest.mark.parametrize("case", CONTRACT["errors"], ids=lambda case: str(case["status"]))
def test_errors(case: dict[str, Any]) -> None:
    client, server, _ = scripted(DOCUMENTS)
    server.answers = [{"status": case["status"]}] * 3
    with pytest.raises(PromptcmsError) as refused:
        client.get_prompt("support/system")
    assert refused.value.kind == case["kind"]
    assert refused.value.status == case["status"]


@pytest.mark.parametrize(
    "example", CONTRACT["report"]["batch"]["observations"], ids=lambda o: o["version"]
)
def test_an_observation_has_the_fields_of_the_contract(example: dict[str, Any]) -> None:
    treated = example["variant"] == "treatment"
    client, server, _ = scripted(DOCUMENTS, sample_share=1)
    server.answers = [{**FIRST, "document": "rolling" if treated else "control"}]
    prompt = client.get_prompt("support/system", unit="Zoë")
    measured = ("error", "error_type", "latency_ms", "input_tokens", "output_tokens", "cost")
    given = {name: example[name] for name in (*measured, "scores", "sample") if name in example}
    client.report(prompt, **given)
    (made,) = sent(client, server)
    assert list(made) == list(example)
    assert without(made, "id", "ts") == without(example, "id", "ts")
    assert len(made["id"]) == len(example["id"])
    assert len(made["ts"]) == len(example["ts"])
    assert made["ts"].endswith("Z")


@pytest.mark.parametrize("case", CONTRACT["report"]["answers"], ids=lambda c: str(c["status"]))
def test_an_answer_to_a_report_is_taken_dropped_or_asked_for_again(case: dict[str, Any]) -> None:
    client, server, _ = scripted(DOCUMENTS, flows=True)
    server.answers = [{**FIRST, "document": "control"}]
    client.report(client.get_prompt("support/system"), latency_ms=1)
    server.requests.clear()
    again = case.get("again", False)
    server.answers = [{"status": case["status"]}, *([{"status": 202}] if again else [])]
    lost = client.flush()
    assert lost == (0 if case["taken"] or again else 1)
    assert len({request.body for request in server.requests}) == 1, "the same ids"
    assert [request.path for request in server.requests] == [CONTRACT["report"]["path"]] * (
        2 if again else 1
    )


@pytest.mark.parametrize("case", CONTRACT["report"]["chosen"], ids=str)
def test_a_call_carries_its_sample_by_a_hash_of_its_id(case: dict[str, Any]) -> None:
    assert is_chosen(case["id"], case["share"]) == case["chosen"]


@pytest.mark.parametrize("case", CONTRACT["report"]["samples"], ids=lambda case: case["title"])
def test_a_sample_is_sent_as_it_is_or_left_out_alone(case: dict[str, Any]) -> None:
    client, server, _ = scripted(DOCUMENTS, sample_share=1)
    server.answers = [{**FIRST, "document": "control"}]
    prompt = client.get_prompt("support/system")
    sample = dict(case["sample"])
    if "times" in case:
        sample["output"] *= case["times"]
    client.report(prompt, latency_ms=5, sample=sample)
    (made,) = sent(client, server)
    assert made["latency_ms"] == 5
    assert made.get("sample") == (sample if case["sent"] else None)


@pytest.mark.parametrize("case", CONTRACT["header"], ids=lambda case: case["header"])
def test_header(case: dict[str, Any]) -> None:
    assert identity.header(case["client"], case["process"], case["variables"]) == case["header"]


def got(client: Client, asked: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """Get a prompt; return of it, or of the error, what the step expects something of."""
    try:
        prompt = client.get_prompt(**asked)
    except PromptcmsError as error:
        return {"error": error.kind, **seen(error, expected)}
    found = seen(prompt, expected)
    return {**found, "text": prompt.compile({})} if "text" in expected else found


def ticked(client: Client) -> dict[str, Any]:
    """Let the background do what is due; it returns nothing to look at."""
    client.tick()
    return {}


def seen(thing: Prompt | PromptcmsError, expected: dict[str, Any]) -> dict[str, Any]:
    """Return those attributes of a thing that `expected` names."""
    return {name: getattr(thing, name) for name in expected if hasattr(thing, name)}


def sent(client: Client, server: ScriptedServer) -> list[dict[str, Any]]:
    """Flush; return the observations that reached the server."""
    server.requests.clear()
    server.answers = [{"status": 202}]
    assert client.flush() == 0
    return [o for r in server.requests for o in json.loads(r.body or b"{}")["observations"]]


def without(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}
