"""What a client never does: tell its key, follow a redirect, read without end, share its state."""

import json
import logging
import socket
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from promptcms_client import (
    BadRequest,
    Client,
    ConfigError,
    FakeClient,
    NotFound,
    PromptcmsError,
    TemplateError,
    Unavailable,
)

from tests.clients.python.scripted import scripted
from tests.clients.python.stub import DOCUMENT, Stub, serve, stub

SECRET = "pcms_read_Xy7secretXy7"


@pytest.fixture
def there() -> Iterator[Stub]:
    with stub() as running:
        yield running


def test_the_key_is_in_no_text_that_a_client_makes(
    there: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        client = Client(there.url, SECRET)
        texts = [repr(client), repr(client.settings), repr(client.get_prompt("support/system"))]
        there.reply = lambda _: (500, {}, b"oh")
        for name in ("support/broken", ""):
            with pytest.raises(PromptcmsError) as raised:
                client.get_prompt(name)
            texts += ["".join(traceback.format_exception(raised.value)), repr(raised.value)]
        client.report(FakeClient({"a": "b"}).get_prompt("a"))
        client.close(0.1)
        with pytest.raises(Unavailable) as away:
            Client("http://127.0.0.1:1", SECRET).get_prompt("a")
        texts.append("".join(traceback.format_exception(away.value)))
    assert there.asked[0].headers["authorization"] == f"Bearer {SECRET}"
    assert not [text for text in [*texts, caplog.text] if SECRET in text]
    assert not [asked.path for asked in there.asked if SECRET in asked.path]


@pytest.mark.parametrize("bad", ["pcms_ab\ncd", "pcms ab", "pcms_ä"])
def test_a_key_that_is_none_is_refused_without_repeating_it(bad: str) -> None:
    with pytest.raises(ConfigError, match="PROMPTCMS_KEY") as refused:
        Client("http://127.0.0.1:1", bad)
    assert bad not in str(refused.value)


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"key": "k"}, "PROMPTCMS_URL"),
        ({"url": "http://a"}, "PROMPTCMS_KEY"),
        ({"url": "ftp://a", "key": "k"}, "PROMPTCMS_URL"),
        ({"url": "https://u:p@a", "key": "k"}, "PROMPTCMS_URL"),
        ({"url": "http://a", "key": "k", "pin": "name@latest"}, "PROMPTCMS_PIN"),
        ({"url": "http://a", "key": "k", "snapshot": "/nowhere/x.json"}, "pull"),
        ({"offline": True}, "PROMPTCMS_SNAPSHOT"),
        ({"url": "http://a", "key": "k", "refresh": 0}, "refresh"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, object], word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        Client(**settings)  # type: ignore[arg-type]


def test_all_settings_can_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTCMS_URL", "https://prompts.example/base/")
    monkeypatch.setenv("PROMPTCMS_KEY", "pcms_k")
    monkeypatch.setenv("PROMPTCMS_LABEL", "staging")
    monkeypatch.setenv("PROMPTCMS_PIN", "support/system@1.2.0, other@2.0.0")
    settings = Client().settings
    assert settings.url == "https://prompts.example/base"
    assert settings.ingest_key == "pcms_k"
    assert settings.label == "staging"
    assert settings.pin == {"support/system": "1.2.0", "other": "2.0.0"}
    assert Client(label="production").settings.label == "production"


def test_a_server_below_a_path_is_reached(there: Stub) -> None:
    Client(f"{there.url}/prompts/", "pcms_k").get_prompt("a b")
    assert there.asked[0].path == "/prompts/api/v1/prompts/a%20b?label=production"


def test_a_damaged_snapshot_is_refused_when_the_client_is_made(tmp_path: Path) -> None:
    file = tmp_path / "prompts.json"
    for content in ("", "[]", json.dumps({"label": "production", "prompts": {"a": {}}})):
        file.write_text(content)
        with pytest.raises(ConfigError, match="damaged"):
            Client("http://a", "k", snapshot=file)


def test_a_redirect_is_not_followed_and_the_key_goes_nowhere_else(there: Stub) -> None:
    with stub() as elsewhere:
        there.reply = lambda asked: (302, {"Location": elsewhere.url + asked.path}, b"")
        with pytest.raises(Unavailable, match="redirect"):
            Client(there.url, "pcms_k").get_prompt("support/system")
        assert elsewhere.asked == []


def test_an_answer_without_end_is_cut_off(there: Stub) -> None:
    there.reply = lambda _: serve({**DOCUMENT, "template": "x" * (8 * 1024 * 1024)})
    with pytest.raises(Unavailable, match="8 MiB"):
        Client(there.url, "pcms_k").get_prompt("support/system")


def test_a_server_that_drips_its_answer_is_left_after_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            connection, _ = listening.accept()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            for _ in range(1000):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return
                time.sleep(0.05)

        threading.Thread(target=drip, daemon=True).start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        client = Client(url, "pcms_k", timeout=0.5)
        started = time.monotonic()
        fallback = client.get_prompt("support/system", fallback="Call us.")
        assert fallback.state == "fallback"
        assert time.monotonic() - started < 30
        assert "in time" in str(fallback.error) or "too long" in str(fallback.error)


def test_what_a_caller_changes_stays_with_the_caller() -> None:
    document: dict[str, object] = {**DOCUMENT, "config": {"stop": ["a"]}, "variables": []}
    client = FakeClient({"support/system": document, "chat": [{"role": "user", "content": "Hi"}]})
    prompt = client.get_prompt("support/system")
    prompt.config["stop"].append("b")
    assert client.get_prompt("support/system").config == {"stop": ["a"]}
    chat = client.get_prompt("chat")
    (chat.messages or [])[0]["content"] = "Bye"
    chat.compile()[0]["content"] = "Bye"
    assert client.get_prompt("chat").compile() == [{"role": "user", "content": "Hi"}]


def test_a_label_and_a_version_at_once_are_refused_even_with_a_fallback() -> None:
    with pytest.raises(BadRequest, match="not both"):
        FakeClient({}).get_prompt("a", label="staging", version="1.0.0", fallback="b")


def test_braces_that_open_no_variable_are_said_with_their_line() -> None:
    prompt = FakeClient({"a": "One\n{{#each}} {{b}}"}).get_prompt("a")
    with pytest.raises(TemplateError, match="Line 2"):
        prompt.compile({"b": "x"})


@pytest.mark.parametrize("wrong", [None, "hello", {"role": "user"}, ["hello"]], ids=repr)
def test_what_is_no_list_of_messages_is_refused_by_its_placeholder(wrong: object) -> None:
    client = FakeClient({"chat": [{"type": "placeholder", "name": "history"}]})
    prompt = client.get_prompt("chat")
    with pytest.raises(TemplateError, match="placeholder history must be a list"):
        prompt.compile({}, {"history": wrong})  # type: ignore[dict-item]
    said = {"role": "user", "content": "Where?"}
    assert prompt.compile({}, {"history": (said,)}) == [said]


def test_names_are_told_to_the_server_also_when_compile_refuses_them() -> None:
    client, server, clock = scripted({"there": DOCUMENT})
    server.answers = [{"status": 200, "document": "there", "etag": '"a"'}] * 2
    with pytest.raises(TemplateError):
        client.get_prompt(DOCUMENT["name"]).compile({"misspelt": "x"})
    clock.now = 20
    client.tick()
    assert "variables=misspelt" in server.requests[-1].headers["X-Pcms-Client"]


def test_the_fake_answers_like_a_server_and_keeps_what_is_reported() -> None:
    client = FakeClient({"support/system": "Hello {{name}}"})
    prompt = client.get_prompt("support/system", label="staging")
    assert prompt.compile({"name": "Zoë"}) == "Hello Zoë"
    client.report(prompt, latency_ms=5)
    assert [report["latency_ms"] for report in client.reports] == [5]
    client.put("support/system", "Bye {{name}}")
    assert client.get_prompt("support/system").compile({"name": "Zoë"}) == "Bye Zoë"
    with pytest.raises(NotFound):
        client.get_prompt("other")
    with pytest.raises(TemplateError, match="name"):
        prompt.compile({"nme": "x"})
