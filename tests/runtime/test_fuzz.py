"""Random requests on both databases: under /api/ always JSON, and nowhere ever a 5xx.

Forms are read off the real pages and sent back with some of their fields spoiled, so that
the nonsense gets past the first check and as far as the database.
"""

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promptcms.urls import site  # with the lists on it
from registry.domain.roles import Role
from registry.projects.models import Membership, Person
from registry.runtime.keys import create_key
from tests.registry.routes import Objects, own_routes

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

# Derandomised: what it finds once it finds again, on the other database too.
few_seconds = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "NONSENSE"]
# Every test begins with the first of them.
NASTY = st.sampled_from(
    [
        *("a\x00b", "", " ", "\x00", "\ud800", "\ufeff", "\u202e", "\u2028", "\x1b[2J", "\r\nX: y"),
        *("0", "-1", "1e999", "NaN", "2147483648", str(2**63), "9" * 400, "9" * 5_000, "٣", "²"),
        *("x" * 129, "x" * 256, "ż" * 1_001, "x" * 20_000, "{{", "{{a}}" * 200, "{{ a", "}}"),
        *("[" * 5_000, "{}", "[]", "null", '{"a": 1e999}', '{"a": "\\u0000"}', '{"a": "\\ud800"}'),
        *("<script>alert(1)</script>", "../../etc/passwd", "%00", "%ED%A0%80", "'; --", "(?<=a)"),
        *("x" * 140 + "@example.com", "x" * 300 + "@example.com", "UTC", "team", "viewer"),
        *("2026-02-30", "9999-12-31T23:59:59Z", "0000-00-00", "Mars/Base", "a@b", "1.0.0...2.0.0"),
    ]
)
TEXT = NASTY | st.text(max_size=40) | st.text("0123456789.-+eE", max_size=30)
BODIES = st.binary(max_size=200) | TEXT.map(lambda text: text.encode("utf-8", "surrogatepass"))
FIELDS = ["reason", "version", "from", "to", "label", "unit", "at", "after", "limit", "prefix", "x"]
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
JSONS = LEAVES | st.lists(LEAVES, max_size=3) | st.dictionaries(TEXT, LEAVES, max_size=2)
ADDRESSES = [
    "/api/v1/prompts/{}",
    "/api/v1/prompts/support/system",
    "/api/v1/prompts/support/system/rollback",
    "/api/v1/prompts/{}/rollback",
    "/api/v1/prompts",
    "/api/v1/bundle",
    "/api/v1/prompts/{}/versions",
    "/api/v1/prompts/support/system/versions/{}",
    "/api/v1/prompts/support/system/diff",
    "/api/v1/prompts/support/system/ledger",
    "/api/v1/{}",
    "/api/{}",
]


def percent(text: str) -> str:
    """Encode as a client would that knows nothing of UTF-8's rules."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="/%")


def ask(client: Client, *args: Any, **kwargs: Any) -> HttpResponse:
    """Send one request and take back whatever it changed, signing out among it."""
    cookies = {name: cookie.value for name, cookie in client.cookies.items()}
    with transaction.atomic():
        answer = client.generic(*args, **kwargs)
        transaction.set_rollback(True)
    client.cookies.load(cookies)
    return answer


@given(
    method=st.sampled_from(METHODS),
    address=st.sampled_from(ADDRESSES),
    part=TEXT,
    query=st.dictionaries(st.sampled_from(FIELDS) | TEXT, TEXT, max_size=3),
    body=BODIES | st.dictionaries(st.sampled_from(FIELDS), JSONS, max_size=3),
    kind=st.sampled_from(["application/json", "application/json; charset=utf-16"]) | TEXT,
    headers=st.dictionaries(
        st.sampled_from(["If-None-Match", "Accept", "Host", "Content-Length", "X-Request-ID"]),
        st.text(st.characters(codec="latin-1"), max_size=30),
        max_size=2,
    ),
    key=st.sampled_from(["good", "none", "odd"]),
    odd=TEXT,
)
@settings(few_seconds, max_examples=100)
def test_the_api_answers_nonsense_in_json_and_never_with_a_fault(
    objects: Objects, secret: str, method: str, address: str, part: str, query: dict[str, str],
    body: Any, kind: str, headers: dict[str, str], key: str, odd: str,
) -> None:  # fmt: skip
    client = Client(raise_request_exception=False)
    sent = {"good": f"Bearer {secret}", "odd": f"Bearer {odd}", "none": ""}[key]
    headers = {"Authorization": sent, **headers}
    path = address.format(percent(part))
    path += "?" + "&".join(f"{percent(k)}={percent(v)}" for k, v in query.items())
    raw = body if isinstance(body, bytes) else as_json(body)
    answer = ask(client, method, path, raw, content_type=kind, headers=headers)
    assert answer.status_code < 500, answer.content[:300]
    if answer.status_code != 304:
        assert answer["Content-Type"] == "application/json"
    if answer.content:
        assert isinstance(answer.json(), dict)


@pytest.mark.parametrize(
    ("who", "tries"),
    [("anonymous", 2), ("vic", 1), ("ana", 1), ("rui", 1), ("lea", 1), ("ada", 1), ("all", 4)],
)
def test_a_page_answers_a_spoiled_form_and_never_with_a_fault(
    objects: Objects, who: str, tries: int
) -> None:
    client = Client(raise_request_exception=False)
    if who != "anonymous":
        person = _everybody_at_once(objects) if who == "all" else objects.shop.person(who)
        client.force_login(person)
    forms = list(forms_on_pages(client, objects))
    assert forms

    @given(values=st.lists(TEXT, min_size=tries, max_size=tries))
    @settings(few_seconds, max_examples=2)
    def spoil(values: list[str]) -> None:
        for number, value in enumerate(values):
            for address, fields in forms:
                names = sorted(fields.keys() - {"csrfmiddlewaretoken"}) or ["x"]
                name = names[number % len(names)]  # each field gets its turn
                answer = ask_form(client, address, fields | {name: value})
                assert answer.status_code < 500, (address, name, value, answer.content[-500:])

    spoil()


@given(
    name=st.sampled_from(
        sorted(f"{m._meta.app_label}/{m._meta.model_name}" for m in site._registry)
    ),
    rest=st.sampled_from(["", "1/change/", "1/history/", "1/delete/", "add/"]) | TEXT.map(percent),
    query=st.dictionaries(st.sampled_from(["q", "o", "p", "all", "e"]) | TEXT, TEXT, max_size=3),
    method=st.sampled_from(["GET", "POST"]),
)
@settings(few_seconds, max_examples=60)
def test_a_list_answers_any_search_and_never_with_a_fault(
    objects: Objects, name: str, rest: str, query: dict[str, str], method: str
) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(objects.shop.person("ada"))
    search = "&".join(f"{percent(k)}={percent(v)}" for k, v in query.items())
    answer = ask(client, method, f"/{name}/{rest}?{search}")
    assert answer.status_code < 500, answer.content[-500:]


@given(
    route=st.sampled_from([r for r in own_routes() if "slug" in r.parts or "token" in r.parts]),
    part=st.data(),
    method=st.sampled_from(["GET", "POST"]),
    query=st.dictionaries(st.sampled_from(["v", "page", "base", "at", "label"]), TEXT, max_size=2),
)
@settings(few_seconds, max_examples=60)
def test_a_page_answers_any_address_and_never_with_a_fault(
    objects: Objects, route: Any, part: st.DataObject, method: str, query: dict[str, str]
) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(objects.shop.person("ana"))
    path = "/" + route.pattern
    for piece in route.pattern.split("<")[1:]:
        name = piece.split(">")[0]
        path = path.replace(f"<{name}>", part.draw(_value(objects, route, name)))
    search = "&".join(f"{percent(k)}={percent(v)}" for k, v in query.items())
    answer = ask(client, method, f"{path}?{search}")
    assert answer.status_code < 500, (path, answer.content[-500:])


def _value(objects: Objects, route: Any, name: str) -> st.SearchStrategy[str]:
    """Draw the real value of a part of an address, or another."""
    part = name.split(":")[-1]
    known = objects.common | objects.by_route.get(route.name, {})
    real = st.just(str(known.get(part, "1")))
    other = st.integers(0, 10**30).map(str) if name.startswith("int:") else TEXT.map(percent)
    return real if part == "slug" else real | other


@pytest.fixture
def objects(db: None) -> Objects:
    return Objects()


@pytest.fixture
def secret(objects: Objects) -> str:
    """A key that may do everything a key can."""
    shop = objects.shop
    actor = shop.actor("ada")
    labels = ["production", "staging", "canary"]
    scopes = ["read", "stop"]
    return create_key(shop.project, name="x", scopes=scopes, labels=labels, actor=actor).secret


def as_json(fields: dict[str, Any]) -> bytes:
    """Write JSON that Python itself would write, lone surrogates and NaN included."""
    return json.dumps(fields).encode()


def ask_form(client: Client, address: str, typed: dict[str, str]) -> HttpResponse:
    """Post a form as a browser would."""
    body = "&".join(f"{form_text(k)}={form_text(v)}" for k, v in typed.items())
    kind = "application/x-www-form-urlencoded"
    return ask(client, "POST", address, body.encode(), content_type=kind)


def form_text(text: str) -> str:
    """Encode one name or value of a form."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def forms_on_pages(client: Client, objects: Objects) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield address and fields of every form that posts, on every page this client may open."""
    for route in own_routes():
        if route.access is None:
            continue  # for machines: the API and the probes
        address = objects.address(route)
        answer = ask(client, "GET", address)
        if answer.status_code == 200 and "html" in answer["Content-Type"]:
            reader = Forms(address)
            reader.feed(answer.content.decode())
            yield from reader.found


class Forms(HTMLParser):
    """The forms of a page that post: where to, and what their fields hold."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.found: list[tuple[str, dict[str, str]]] = []
        self._fields: dict[str, str] | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a form, or note a field of the one that is open."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "").lower() == "post":
            self._fields = {}
            self.found.append((given.get("action") or self.page, self._fields))
        name = given.get("name", "")
        if self._fields is None:
            return
        if "formaction" in given:  # one form, several things to do with it
            self.found.append((given["formaction"], self._fields))
        if tag == "option" and self._text and "selected" in given:
            self._fields[self._text] = given.get("value", "")
        if name and tag in ("input", "textarea", "select", "button"):
            self._fields[name] = given.get("value", "")
            self._text = name

    def handle_data(self, data: str) -> None:
        """Keep what stands in a text area."""
        if self._fields is not None and self.lasttag == "textarea" and self._text:
            self._fields[self._text] = data

    def handle_endtag(self, tag: str) -> None:
        """Close a form or a field."""
        if tag == "form":
            self._fields = None
        if tag in ("textarea", "select"):
            self._text = ""


def _everybody_at_once(objects: Objects) -> Person:
    """Return somebody with every role, so that no refusal hides what is behind it."""
    person = objects.shop.person("vic")
    for role in Role:
        Membership.objects.get_or_create(
            project=objects.shop.project, person=person, role=role.value
        )
    return person
