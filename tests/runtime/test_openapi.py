"""The OpenAPI document names every address, and what the API answers is what it says.

The slow part lets schemathesis make up requests from the document. A request that is known to
find something, with the names and numbers that exist, is mixed among them.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluation.ci.work import work_through
from evaluation.offline.models import Run
from registry.prompts.models import Alias, Prompt
from registry.runtime.api.openapi import ROOT, document
from tests import stages
from tests.registry.routes import own_routes
from tests.runtime.conftest import MakeKey
from tests.stages import World

READING = {"200", "304", "400", "401", "403", "404", "405", "503"}
BODIES = {
    "POST /api/v1/evaluations": {"prompt": "support/system", "template": stages.MAJOR_TEXT},
    "POST /api/v1/prompts/{name}/rollback": {"reason": "Too many errors."},
    "POST /api/v1/observations": {
        "observations": [
            {
                "id": "a",
                "ts": datetime.now(UTC).isoformat(),
                "prompt": "support/system",
                "version": "1.0.0",
            }
        ]
    },
}


@pytest.fixture(scope="module")
def api() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(document())
    return found


def operations(api: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return by `METHOD address` what the document says."""
    return {
        f"{method.upper()} {path}": operation
        for path, methods in api["paths"].items()
        for method, operation in methods.items()
    }


def test_the_document_is_valid_and_nothing_in_it_was_guessed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from drf_spectacular.drainage import GENERATOR_STATS
    from drf_spectacular.validation import validate_schema

    document.cache_clear()
    GENERATOR_STATS.reset()
    api = json.loads(document())
    validate_schema(api)
    assert api["openapi"] == "3.1.0"
    assert not GENERATOR_STATS
    assert capsys.readouterr().err == ""


def test_the_document_names_every_address_of_the_api(api: dict[str, Any]) -> None:
    served = {
        "/" + route.pattern.replace("<path:", "{").replace("<str:", "{").replace("<int:", "{")
        for route in own_routes()
        if f"/{route.pattern}".startswith(ROOT) and route.name != "api_openapi"
    }
    described = {path.replace("{id}", "{pk}") for path in api["paths"]}
    assert described == {path.replace(">", "}") for path in served}


def test_every_operation_tells_its_refusals_its_key_and_its_headers(api: dict[str, Any]) -> None:
    error = {"$ref": "#/components/schemas/Error"}
    for name, operation in operations(api).items():
        responses = operation["responses"]
        for status, response in responses.items():
            if int(status) >= 400:
                assert response["content"] == {"application/json": {"schema": error}}, name
        assert operation["security"] == [{"bearer": []}], name
        assert "WWW-Authenticate" in responses["401"]["headers"], name
        assert "Retry-After" in responses["503"]["headers"], name
        if name.startswith("GET") and "evaluations" not in name:
            assert set(responses) >= READING, name
            sent = {parameter["name"] for parameter in operation["parameters"]}
            assert {"If-None-Match", "X-Pcms-Client"} <= sent, name
            for status in ("200", "304"):
                assert "ETag" in responses[status]["headers"], name
        if name.startswith("POST"):
            assert {"413", "415"} <= set(responses), name
    hot = api["paths"]["/api/v1/prompts/{name}"]["get"]["responses"]["200"]["headers"]
    assert {"ETag", "X-Pcms-Generation", "X-Pcms-Stale"} <= set(hot)
    assert "413" in api["paths"]["/api/v1/bundle"]["get"]["responses"]
    assert api["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


@pytest.mark.django_db
def test_the_document_needs_no_key_and_is_sent_once() -> None:
    client = Client()
    answer = client.get("/api/v1/openapi.json")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json()["info"]["title"] == "promptcms"
    again = client.get("/api/v1/openapi.json", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/api/v1/openapi.json?format=yaml").json()["field"] == "format"
    assert client.post("/api/v1/openapi.json").status_code == 405


# --- made-up requests -------------------------------------------------------

KNOWN = {
    "name": st.sampled_from(["support/system", "Support Bot", "chat/greeting", "faq/tone"]),
    "semver": st.sampled_from(["1.0.0", "v1.1.0", "2.0.0", "9.9.9"]),
    "from": st.sampled_from(["1.0.0", "v1.1.0"]),
    "to": st.sampled_from(["1.0.0", "1.1.0", "1.2.0"]),
    "version": st.sampled_from(["1.0.0", "1.1.0"]),
    "label": st.sampled_from(["production", "staging", "canary", "v1.0.0"]),
    "at": st.sampled_from(["2026-01-01T00:00:00Z", "2020-02-29T12:00:00+01:00"]),
    "prefix": st.sampled_from(["support/", "faq"]),
    "limit": st.integers(1, 100),
    "id": st.just("the run"),
    "body": st.just("a good one"),
}


@pytest.fixture
def shop(db: None) -> World:
    return stages.world(sandbox=True)  # where the simulated connection counts


@pytest.fixture
def secrets(shop: World, prompt: Prompt, make_key: MakeKey) -> dict[str, str]:
    """Who asks, and by which key; the project has a canary under way, old names and a chat."""
    stages.in_canary(shop, prompt)
    stages.prompt_named(shop, "faq/tone")
    Alias.objects.create(project=shop.project, prompt=prompt, name="Support Bot")
    stages.with_suite(shop, prompt)
    return {
        "reader": make_key().secret,
        "reader of staging": make_key(labels=("staging",)).secret,
        "everything": make_key("read", "ci", "stop", "ingest").secret,
        "another project": stages.key(stages.world("bank"), "read", "ci", "stop").secret,
        "nobody": "",
    }


@pytest.fixture
def run(secrets: dict[str, str]) -> int:
    """An evaluation that has ended, asked for by the key that may do everything."""
    sent = {"Authorization": f"Bearer {secrets['everything']}"}
    body = BODIES["POST /api/v1/evaluations"]
    address = "/api/v1/evaluations"
    answer = Client().post(address, body, content_type="application/json", headers=sent)
    work_through(Run.objects.get(pk=answer.json()["id"]))
    return int(answer.json()["id"])


@pytest.fixture
def application(run: int) -> Iterator[Any]:
    """The product without its memory, and without the end of a request closing the transaction.

    After `run`, because Django's own test client connects the signals again.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield get_wsgi_application()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["POSITIVE", "NEGATIVE"])
def test_no_request_gets_an_answer_that_the_document_does_not_name(
    application: Any, secrets: dict[str, str], run: int, mode: str
) -> None:
    import schemathesis

    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    seen: set[tuple[str, int]] = set()
    for found in schema.get_all_operations():
        cases = found.ok().as_strategy(schemathesis.GenerationMode[mode])
        seen |= answered(cases, secrets, run)
    assert {status for _, status in seen} >= {400, 401, 403, 404}
    if mode == "POSITIVE":
        found_something = {label for label, status in seen if status in (200, 201)}
        assert len(found_something) == len(operations(schema.raw_schema)), sorted(found_something)


def answered(
    cases: st.SearchStrategy[Any], secrets: dict[str, str], run: int
) -> set[tuple[str, int]]:
    """Send made-up requests, take back what they changed, and hold the answers to the document."""
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    promised = [
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_headers_conformance,
        checks.response_schema_conformance,
    ]
    seen: set[tuple[str, int]] = set()

    @given(
        case=cases,
        known=st.fixed_dictionaries(KNOWN) | st.fixed_dictionaries({}, optional=KNOWN),
        who=st.sampled_from(["everything", *secrets]),
    )
    @settings(
        max_examples=30,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any, known: dict[str, Any], who: str) -> None:
        label = case.operation.label
        for sent in (case.path_parameters, case.query):
            sent.update({name: value for name, value in known.items() if name in sent})
        if known.get("id") and "id" in case.path_parameters:
            case.path_parameters["id"] = run
        if known.get("body") and label in BODIES:
            case.body = BODIES[label]
        headers = {"Authorization": f"Bearer {secrets[who]}"} if secrets[who] else {}
        with transaction.atomic():
            answer = case.call(headers=headers)
            transaction.set_rollback(True)
        case.validate_response(answer, checks=promised)
        seen.add((label, answer.status_code))

    ask()
    return seen
