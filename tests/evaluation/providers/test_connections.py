"""Named connections: from settings and the environment, never from what a person types."""

import pytest

from evaluation.providers import connections
from evaluation.providers.base import ModelRequest, Refused
from registry.domain.errors import Refused as NoConnection
from tests.evaluation.providers.mock_endpoint import completion, endpoint, status

KEY = "sk-house-77aa01"
ASK = ModelRequest("small", [{"role": "user", "content": "Hi"}])


@pytest.fixture(autouse=True)
def _no_connections(settings, monkeypatch):
    settings.PROMPTCMS_CONNECTIONS = {}
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_the_simulated_connection_is_always_there():
    assert connections.names() == ["simulated"]
    connection = connections.get("simulated")
    assert connection.simulated is True
    assert connection.provider.complete(ASK).simulated is True


def test_a_connection_of_the_settings_is_asked_with_its_key(settings, monkeypatch):
    monkeypatch.setenv("HOUSE_KEY", f" {KEY}\n")
    with endpoint(completion("yes")) as server:
        settings.PROMPTCMS_CONNECTIONS = {
            "house": {"base_url": server.url + "/", "key_env": "HOUSE_KEY", "models": ["small"]}
        }
        connection = connections.get("house")
        assert connection.provider.complete(ASK).text == "yes"
    assert connections.names() == ["house", "simulated"]
    assert (connection.simulated, connection.models) == (False, ("small",))
    assert server.asked[0][1]["Authorization"] == f"Bearer {KEY}"
    assert KEY not in repr(connection) + repr(vars(connection))


def test_the_environment_alone_makes_one(monkeypatch):
    with endpoint(completion("yes"), status(401)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        assert connections.names() == ["openai", "simulated"]
        assert connections.get("openai").provider.complete(ASK).text == "yes"
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        with pytest.raises(Refused, match="refused the key"):
            connections.get("openai").provider.complete(ASK)
    assert "Authorization" not in server.asked[0][1]
    assert server.asked[1][1]["Authorization"] == f"Bearer {KEY}"


def test_a_key_alone_asks_the_usual_address(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert connections.names() == ["openai", "simulated"]
    assert connections.get("openai").simulated is False


def test_an_unknown_name_is_refused_with_those_there_are():
    with pytest.raises(NoConnection, match="Choose one of simulated"):
        connections.get("http://127.0.0.1:8000/v1")


def test_asking_twice_gives_the_same_provider_and_its_lines(settings):
    settings.PROMPTCMS_CONNECTIONS = {"house": {"base_url": "http://127.0.0.1:9/v1"}}
    assert connections.get("house").provider is connections.get("house").provider


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({}, "base_url must be an address"),
        ({"base_url": "file:///etc/passwd"}, "base_url must be an address"),
        ({"base_url": "http://[::1"}, "base_url must be an address"),
        ({"base_url": 5}, "base_url must be an address"),
        ({"base_url": f"https://me:{KEY}@host/v1"}, "no password"),
        ({"base_url": f"https://host/v1?api-key={KEY}"}, "no password and no query"),
        ({"base_url": "https://host/v1", "key_env": "ABSENT_KEY"}, "ABSENT_KEY is not set"),
        ({"base_url": "https://host/v1", "key_env": "TORN_KEY"}, "TORN_KEY holds a space"),
        ({"base_url": "https://host/v1", "key": KEY}, "key is not known"),
        ({"base_url": "https://host/v1", "models": "small"}, "models must be a list"),
        ({"base_url": "https://host/v1", "timeout": 0}, "timeout must be a number"),
        ("https://host/v1", "must be an object"),
    ],
)
def test_a_connection_that_cannot_work_says_why_and_shows_no_key(
    settings, monkeypatch, spec, words
):
    monkeypatch.setenv("TORN_KEY", f"{KEY}\nX-Injected: 1")
    settings.PROMPTCMS_CONNECTIONS = {"house": spec}
    with pytest.raises(NoConnection, match=words) as refused:
        connections.get("house")
    assert KEY not in str(refused.value)
    assert connections.problems() == [str(refused.value)]


def test_sound_connections_have_no_problems(settings):
    settings.PROMPTCMS_CONNECTIONS = {"house": {"base_url": "http://127.0.0.1:9/v1"}}
    assert connections.problems() == []
