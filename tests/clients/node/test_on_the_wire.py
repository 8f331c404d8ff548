"""What the Node client sends: how often, over which connections, and with what in it."""

import json
import time
from typing import Any

from tests.clients.node.node import CLIENT, CONTRACT, Application, application, run
from tests.clients.stub import Answer, Stub, stub
from tests.processes.product import wait_until

KEY = "pcms_p_" + "s3cret" * 8
NAME = "support/system"
DOCUMENTS = json.loads(CONTRACT.read_text())["documents"]
FOUND = (200, DOCUMENTS["control"], {"ETag": '"a"', "X-Pcms-Generation": "6f1c:5"})
UNCHANGED = (304, None, {"ETag": '"a"', "X-Pcms-Generation": "6f1c:5"})


def answered(status: int) -> Answer:
    """Return an answer with nothing to read in it."""
    return status, {}, {}


def wait_for(script: Stub, requests: int) -> None:
    """Wait until so many requests came, at most ten seconds."""
    until = time.monotonic() + 10
    while len(script.asked) < requests:
        assert time.monotonic() < until, f"{len(script.asked)} of {requests} requests"
        time.sleep(0.02)


def reporting(app: Application, script: Stub, *statuses: int, count: int = 1) -> None:
    """Fetch a prompt and report on it, with the server answering `statuses` to that."""
    app.do("get", NAME)
    script.asked.clear()
    script.answers[:] = [answered(status) for status in statuses]
    for number in range(count):
        app.do("report", {"latencyMs": number})


def test_fifty_first_gets_at_once_make_one_request() -> None:
    with stub(FOUND, delay=0.2) as script, application(script.url, KEY) as app:
        assert app.do("together", NAME, 50) == 50
        assert len(script.asked) == 1


def test_all_requests_go_over_one_connection_with_the_key_in_one_header() -> None:
    with stub(FOUND, UNCHANGED) as script, application(script.url, KEY, refresh=0.2) as app:
        app.do("get", NAME)
        wait_for(script, 4)
        assert len({asked.port for asked in script.asked}) == 1
        assert script.asked[1].headers["if-none-match"] == '"a"'
        for asked in script.asked:
            assert asked.headers["authorization"] == f"Bearer {KEY}"
            assert KEY not in asked.path
            assert [name for name, value in asked.headers.items() if KEY in value] == [
                "authorization"
            ]


def test_the_variables_that_compile_was_given_are_told_with_the_next_refresh() -> None:
    with stub(FOUND, UNCHANGED) as script, application(script.url, KEY, refresh=0.2) as app:
        app.do("get", NAME)
        app.do("compile", {"plan": "gold", "company": "Lumen"})
        wait_for(script, 3)
        first, *_, last = [asked.headers["x-pcms-client"] for asked in script.asked]
    assert first.startswith("promptcms-node/0.1.0;")
    assert "variables" not in first
    assert last == f"{first};variables=company,plan"
    assert "Lumen" not in last


def test_a_kept_connection_that_ends_does_not_cost_an_answer() -> None:
    gone = answered(0)
    with stub(FOUND, gone, FOUND) as script, application(script.url, KEY, attempts=1) as app:
        assert app.do("get", NAME)["state"] == "fresh"
        assert app.do("get", NAME, {"label": "staging"})["state"] == "fresh"
        assert len({asked.port for asked in script.asked}) == 2
    with stub(gone, FOUND) as script, application(script.url, KEY, attempts=1) as app:
        assert app.do("get", NAME)["error"] == "unavailable"  # a new one is no such case
        assert len(script.asked) == 1


def test_lone_surrogates_neither_fail_a_get_nor_a_report() -> None:
    with stub(FOUND) as script, application(script.url, KEY) as app:
        assert app.do("get", "a\ud800b")["version"] == "1.0.0"
        assert script.asked[0].path.startswith("/api/v1/prompts/a%EF%BF%BDb?")
        assert app.do("compile", {"company": "\ud800"}).startswith("Hello ")
        app.do("report", {"errorType": "\ud800"})
        assert app.do("flush") == 0


def test_a_report_with_nonsense_in_it_costs_nothing_but_the_nonsense() -> None:
    with stub(FOUND) as script, application(script.url, KEY) as app:
        reporting(app, script, 200)
        app.do("report", {"latencyMs": "slow", "cost": None, "ts": "now", "scores": {"a": "b"}})
        assert app.do("flush") == 0
        last = script.asked[0].body["observations"][1]
        assert "scores" not in last
        assert not {"latency_ms", "cost"} & set(last)
        assert last["ts"].endswith("Z")


def test_a_redirect_is_not_followed_and_takes_no_key_along() -> None:
    with stub(FOUND) as elsewhere:
        moved: Answer = (302, {}, {"Location": f"{elsewhere.url}/api/v1/prompts/{NAME}"})
        with stub(moved) as script, application(script.url, KEY, attempts=1) as app:
            assert app.do("get", NAME)["error"] == "unavailable"
        assert elsewhere.asked == []


def test_a_slow_server_is_waited_for_no_longer_than_the_timeout() -> None:
    with (
        stub(FOUND, delay=6) as script,
        application(script.url, KEY, attempts=2, timeout=0.3) as app,
    ):
        started = time.monotonic()
        refused = app.do("get", NAME)
        assert time.monotonic() - started < 5
        assert refused["error"] == "unavailable"
        assert "0.3 s" in refused["message"]


def test_an_endless_answer_is_cut_off() -> None:
    huge: Answer = (200, {**DOCUMENTS["control"], "template": "x" * 9_000_000}, {})
    with stub(huge) as script, application(script.url, KEY, attempts=1) as app:
        refused = app.do("get", NAME)
        assert refused["error"] == "unavailable"
        assert "8388608 bytes" in refused["message"]


def test_no_key_stands_in_errors_or_in_what_inspect_shows() -> None:
    refusing: Answer = (401, {"error": "unauthorized", "message": "Send a valid key."}, {})
    with stub(FOUND, refusing) as script, application(script.url, KEY) as app:
        app.do("get", NAME)
        app.do("compile", {"company": "Lumen"})
        app.do("report", {})
        errors = [app.do("get", "other"), app.do("compile", {"nothing": 1})]
        assert [error["error"] for error in errors] == ["unauthorized", "template"]
        assert "Client" in app.do("inspect")
        assert "s3cret" not in app.do("inspect") + json.dumps(errors)
    with application("http://127.0.0.1:1", KEY, attempts=1) as app:
        away = app.do("get", NAME)
        assert away["error"] == "unavailable"
        assert "s3cret" not in json.dumps(away)


def test_observations_are_sent_in_batches_and_taken() -> None:
    options: dict[str, Any] = {"ingestKey": "pcms_ingest", "batchSeconds": 60}
    with stub(FOUND) as script, application(script.url, KEY, **options) as app:
        reporting(app, script, 200, 207, count=150)
        wait_for(script, 1)  # a full batch leaves at once, the rest waits
        wait_until(lambda: app.do("lost")["waiting"] == 50)  # its answer may still be on the way
        assert app.do("flush") == 0
        assert [asked.path for asked in script.asked] == ["/api/v1/observations"] * 2
        sizes = [len(asked.body["observations"]) for asked in script.asked]
        assert sizes == [100, 50]
        ids = {one["id"] for asked in script.asked for one in asked.body["observations"]}
        assert len(ids) == 150
        assert {asked.headers["authorization"] for asked in script.asked} == {"Bearer pcms_ingest"}


def test_a_batch_leaves_by_itself_after_a_second() -> None:
    with stub(FOUND) as script, application(script.url, KEY) as app:
        reporting(app, script, 202)
        wait_for(script, 1)
        assert app.do("lost") == {"dropped": 0, "waiting": 0, "logged": []}


def test_observations_that_the_server_does_not_know_are_dropped_with_one_line() -> None:
    with stub(FOUND) as script, application(script.url, KEY) as app:
        reporting(app, script, 404)
        assert app.do("flush") == 1
        app.do("report", {})
        assert app.do("flush") == 1
        lost = app.do("lost")
        assert (lost["dropped"], lost["waiting"]) == (2, 0)
        (line,) = lost["logged"]
        assert line.endswith("because the server answered 404.")
        assert len(script.asked) == 2


def test_a_busy_server_gets_the_same_observations_again() -> None:
    with stub(FOUND) as script, application(script.url, KEY) as app:
        reporting(app, script, 503, 200, count=2)
        assert app.do("flush") == 0
        first, second = [asked.body for asked in script.asked]
        assert first == second
        assert len(first["observations"]) == 2


def test_a_flush_ends_in_time_and_says_what_is_left() -> None:
    with stub(FOUND) as script, application(script.url, KEY) as app:
        reporting(app, script, 503)
        started = time.monotonic()
        assert app.do("flush", 0.5) == 1
        assert time.monotonic() - started < 10


def test_a_process_ends_by_itself_and_sends_what_waits() -> None:
    with stub(FOUND, answered(200)) as script:
        program = f"""
            const {{Client}} = require({json.dumps(str(CLIENT))});
            (async () => {{
              const client = new Client({{url: {json.dumps(script.url)}, key: "pcms_k"}});
              const prompt = await client.getPrompt({json.dumps(NAME)});
              client.report(prompt, {{latencyMs: 1}});
            }})();
        """
        run("-e", program)
        assert [asked.method for asked in script.asked] == ["GET", "POST"]
