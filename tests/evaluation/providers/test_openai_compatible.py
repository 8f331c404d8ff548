"""The OpenAI-compatible provider against a real endpoint on this machine."""

import time
import traceback
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from evaluation.providers.base import (
    ModelRequest,
    ProviderError,
    RateLimited,
    Refused,
    Transient,
    Usage,
)
from evaluation.providers.openai_compatible import Endpoint, OpenAICompatible
from tests.evaluation.providers.mock_endpoint import (
    broken_off,
    completion,
    endpoint,
    hang,
    status,
    trickle,
    trickling_headers,
)

KEY = "sk-test-4f9a1c77e2"
ASK = ModelRequest("small", [{"role": "user", "content": "Hi"}], {"temperature": 0})


def provider(server, **settings):
    return OpenAICompatible(Endpoint(server.url, key=KEY, **settings))


def failure(*replies, **settings):
    with endpoint(*replies) as server, pytest.raises(ProviderError) as failed:
        provider(server, **settings).complete(ASK)
    return failed.value


def test_a_question_is_asked_and_its_answer_read():
    with endpoint(completion("Hello Anna")) as server:
        answer = provider(server).complete(ASK)
    [(path, headers, body)] = server.asked
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert body == {
        "model": "small",
        "messages": [{"role": "user", "content": "Hi"}],
        "temperature": 0,
        "stream": False,
    }
    assert (answer.text, answer.finish_reason) == ("Hello Anna", "stop")
    assert (answer.model, answer.usage) == ("small-2026-11-01", Usage(7, 3))
    assert 0 < answer.latency_ms < 5_000
    assert answer.simulated is False


def test_the_case_never_leaves_the_house_and_config_cannot_replace_the_question():
    asked = ModelRequest(
        "small",
        [{"role": "user", "content": "Hi"}],
        {"messages": [], "model": "dear", "stream": True, "top_p": 1},
        case={"reference": "the expected answer"},
    )
    with endpoint(completion()) as server:
        provider(server).complete(asked)
    [(_, _, body)] = server.asked
    assert (body["model"], body["stream"], body["top_p"]) == ("small", False, 1)
    assert body["messages"] == [{"role": "user", "content": "Hi"}]
    assert "expected answer" not in str(body)


def test_without_a_key_no_authorization_is_sent():
    with endpoint(completion()) as server:
        OpenAICompatible(Endpoint(server.url)).complete(ASK)
    assert "Authorization" not in server.asked[0][1]


def test_one_line_is_kept_for_many_questions_and_errors_do_not_lose_it():
    with endpoint(completion(), status(500), status(429), completion()) as server:
        kept = provider(server)
        kept.complete(ASK)
        for kind in (Transient, RateLimited):
            with pytest.raises(kind):
                kept.complete(ASK)
        kept.complete(ASK)
        assert len(server.asked) == 4
        assert len(server.lines) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "3"}, 3),
        ({"Retry_After": "0.5"}, 0.5),
        ({"retry_after_ms": "250", "Retry_After": "9"}, 0.25),
        ({"Retry_After": "-5"}, 0),
        ({"Retry_After": "soon"}, None),
        ({"Retry_After": "nan"}, None),
        ({}, None),
    ],
)
def test_a_rate_limit_tells_how_long_to_wait(headers, seconds):
    error = failure(status(429, b"{}", **headers))
    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds


def test_a_rate_limit_may_name_a_date():
    then = datetime.now(UTC) + timedelta(seconds=30)
    error = failure(status(429, b"", Retry_After=format_datetime(then, usegmt=True)))
    assert error.retry_after == pytest.approx(29, abs=2)


@pytest.mark.parametrize("code", [408, 500, 502, 503, 529])
def test_trouble_of_the_provider_may_pass(code):
    error = failure(status(code, {"error": {"message": "overloaded"}}))
    assert isinstance(error, Transient)
    assert str(error) == f"The provider has trouble (status {code}). It says: overloaded"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (400, "refused the request"),
        (401, "refused the key"),
        (403, "refused the key"),
        (404, "no such model"),
        (413, "refused the request"),
    ],
)
def test_what_will_never_work_is_refused(code, words):
    error = failure(status(code, {"error": {"message": "no"}}))
    assert isinstance(error, Refused)
    assert error.status == code
    assert words in str(error)


def test_a_quota_that_is_used_up_is_no_rate_limit():
    assert isinstance(failure(status(429, {"error": {"code": "insufficient_quota"}})), Refused)
    assert isinstance(failure(status(429, {"error": {"code": "rate_limit"}})), RateLimited)


def test_a_redirect_is_not_followed_so_the_key_stays():
    with endpoint(completion()) as other:
        error = failure(status(307, b"", Location=other.url + "/chat/completions"))
        assert isinstance(error, Refused)
        assert "redirect" in str(error)
        assert other.asked == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Bad gateway</html>",
        b"null",
        b"{}",
        b'{"choices": []}',
        b'{"choices": [{}]}',
        b'{"choices": [{"message": {"content": 5}}]}',
        b'{"choices": [{"message": "text"}]}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_an_answer_that_is_none_may_pass(body):
    assert isinstance(failure(status(200, body)), Transient)


def test_an_answer_in_parts_is_put_together_and_a_missing_one_is_empty():
    parts = [{"type": "text", "text": "Hello "}, {"type": "text", "text": "Anna"}]
    with endpoint(completion(parts), completion(None)) as server:
        assert provider(server).complete(ASK).text == "Hello Anna"
        assert provider(server).complete(ASK).text == ""


def test_a_refusal_of_the_model_is_its_answer():
    with endpoint(completion(None, refusal="I cannot help with that.")) as server:
        answer = provider(server).complete(ASK)
    assert (answer.text, answer.finish_reason) == ("I cannot help with that.", "refusal")


def test_what_a_database_cannot_hold_is_replaced():
    with endpoint(completion("a\x00b\ud800c")) as server:
        assert provider(server).complete(ASK).text == "a\ufffdb\ufffdc"


def test_a_provider_that_hangs_is_given_up():
    started = time.monotonic()
    error = failure(hang(2), timeout=0.2)
    assert isinstance(error, Transient)
    assert "in time" in str(error)
    assert time.monotonic() - started < 1.5


def test_an_answer_that_never_ends_is_given_up():
    error = failure(trickle(3), timeout=0.3)
    assert isinstance(error, Transient)
    assert "in time" in str(error)


def test_headers_that_never_end_are_given_up():
    started = time.monotonic()
    error = failure(trickling_headers(3), timeout=0.3)
    assert isinstance(error, Transient)
    assert "in time" in str(error)
    assert time.monotonic() - started < 1.5


def test_a_gateway_that_sends_the_key_back_is_not_believed():
    echo = completion(f"You sent Bearer {KEY}.")
    with endpoint(echo) as server:
        assert provider(server).complete(ASK).text == "You sent Bearer [key]."
    # A word that is no secret stays: some servers want any key at all.
    with endpoint(completion("Ask ollama.")) as server:
        asked = OpenAICompatible(Endpoint(server.url, key="ollama"))
        assert asked.complete(ASK).text == "Ask ollama."


def test_an_answer_that_is_too_large_is_given_up(monkeypatch):
    monkeypatch.setattr("evaluation.providers.openai_compatible.MAX_BODY", 1024**2)
    error = failure(completion("x" * 1024**2))
    assert isinstance(error, Transient)
    assert "larger than 1 MiB" in str(error)


def test_a_line_that_is_cut_may_work_again():
    with endpoint(broken_off, completion("whole")) as server:
        asking = provider(server)
        with pytest.raises(Transient):
            asking.complete(ASK)
        assert asking.complete(ASK).text == "whole"


def test_nobody_at_the_address_may_pass():
    with endpoint() as server:
        address = server.url
    with pytest.raises(Transient, match="connection failed"):
        OpenAICompatible(Endpoint(address, key=KEY)).complete(ASK)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 429, 500])
def test_no_error_ever_shows_the_key(code):
    said = {"error": {"message": f"Incorrect API key provided: {KEY}", "code": "bad"}}
    error = failure(status(code, said))
    shown = "".join(traceback.format_exception(error)) + repr(error) + str(vars(error))
    assert KEY not in shown
    assert KEY[-4:] not in str(error)


def test_an_endpoint_does_not_show_its_key():
    assert KEY not in repr(Endpoint("http://127.0.0.1/v1", key=KEY))
    assert KEY not in repr(
        vars(OpenAICompatible(Endpoint("http://127.0.0.1/v1", key=KEY)))["_pool"]
    )


def test_a_config_that_json_cannot_say_is_refused_before_anything_is_sent():
    with endpoint() as server, pytest.raises(Refused, match="config"):
        provider(server).complete(ModelRequest("small", [], {"temperature": float("nan")}))
    assert server.asked == []
