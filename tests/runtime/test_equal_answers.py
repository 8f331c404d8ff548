"""The mount before Django and Django's own view give the same answer to the same request."""

from collections.abc import Iterator
from itertools import product
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import pytest
from django.test import Client, RequestFactory

from registry.audit.clock import database_now
from registry.prompts.models import Alias, Prompt
from registry.release.rollback import roll_back
from registry.runtime.keys import revoke_key
from registry.runtime.memory import MemoryStore
from registry.runtime.mount import Mount
from registry.runtime.refresher import Refresher
from registry.runtime.store import DatabaseStore
from tests import stages
from tests.runtime.conftest import MakeKey
from tests.stages import World

pytestmark = pytest.mark.django_db
LISTED = (
    "Content-Type",
    "Content-Length",
    "ETag",
    "Cache-Control",
    "X-Pcms-Generation",
    "X-Pcms-Stale",
    "WWW-Authenticate",
    "Retry-After",
    "Location",
    "Set-Cookie",
    "Vary",
    "X-Content-Type-Options",
)
ALIAS = "Old Näme/v2 (copy)"
Answer = tuple[int, dict[str, str], bytes]
Request = tuple[str, str, dict[str, str]]


class AtOnce(Refresher):
    """Looks within the request: a test's rows are seen by its own connection only."""

    def want(self, now: float) -> None:
        self._memory.check()


def passed_on(environ: Any, start_response: Any) -> list[bytes]:
    """Stand for Django behind the mount."""
    start_response("599 Passed on", [])
    return []


@pytest.fixture
def mount(db: None) -> Mount:
    memory = MemoryStore(DatabaseStore(), limit=10_000_000)
    return Mount(passed_on, memory, AtOnce(memory), lambda: None)


def by_mount(mount: Mount, request: Request) -> Answer:
    method, path, headers = request
    got: list[Any] = []
    environ = RequestFactory().generic(method, path, headers=headers).environ
    # As a server gives it (PEP 3333); Django's request has decoded it in place.
    environ["PATH_INFO"] = unquote_to_bytes(path.partition("?")[0]).decode("latin-1")
    body = b"".join(mount(environ, lambda *answer: got.extend(answer)))
    return int(got[0].split()[0]), _listed(dict(got[1])), body


def by_django(request: Request) -> Answer:
    method, path, headers = request
    answer = Client().generic(method, path, headers=headers)
    return answer.status_code, _listed(dict(answer.items())), answer.content


def _listed(headers: dict[str, str]) -> dict[str, str]:
    lower = {name.lower(): value for name, value in headers.items()}
    found = {name: lower[name.lower()] for name in LISTED if name.lower() in lower}
    found.pop("Content-Length", None) if found.get("Content-Length") == "0" else None
    return found


@pytest.fixture
def requests(shop: World, prompt: Prompt, make_key: MakeKey) -> list[Request]:
    """Addresses × keys × conditions, each by GET and HEAD."""
    Alias.objects.create(project=shop.project, prompt=prompt, name=ALIAS)
    Alias.objects.create(project=shop.project, prompt=prompt, name="slash/")
    stages.in_canary(shop, prompt)
    other = stages.world("other")
    revoked = make_key()
    revoke_key(revoked.key, actor=shop.actor("ada"), reason="Lost.")
    keys = {
        "all": f"Bearer {make_key().secret}",
        "production": f"Bearer {make_key(labels=('production',)).secret}",
        "staging": f"bearer  {make_key(labels=('staging',)).secret}",
        "stop only": f"Bearer {make_key('stop').secret}",
        "other project": f"Bearer {stages.key(other).secret}",
        "revoked": f"Bearer {revoked.secret}",
        "made up": "Bearer pcms_read_x",
        "basic": "Basic cGs6c2s=",
        "odd": "Bearer \xe9\xff",
        "none": "",
    }
    return list(_table(prompt, keys))


def _table(prompt: Prompt, keys: dict[str, str]) -> Iterator[Request]:
    names = ["support/system", "support%2Fsystem", quote(ALIAS), quote(ALIAS, safe="")]
    names += ["slash/", "support/system/", "/support/system", "support//system", "nothing/here"]
    names += ["support/%ff", "%F0%9F%99%82", "x" * 400, "a%00b", "y" * 10_000, "..", "%2e%2e/x"]
    queries = ["", "label=production", "label=staging", "label=canary", "label=prod", "label="]
    queries += ["version=1.0.0", "label=v1.1.0", "version=9.9.9", "version=1", "label=%00"]
    queries += ["version=1.0.0&label=canary", "lable=x", "unit=user-1", "label=%FF", "key=pcms_x"]
    for method, name in product(("GET", "HEAD"), names):
        yield method, f"/api/v1/prompts/{name}", {"Authorization": keys["all"]}
    for method, query, key in product(("GET", "HEAD"), queries, keys.values()):
        headers = {"Authorization": key} if key else {}
        yield method, f"/api/v1/prompts/support/system?{query}", headers
    for tags in ("*", '"x"', 'W/"{}"', '"a", "{}"', '"a,b", W/"{}"', "{}", '"{}', '""', ","):
        for query in ("", "?version=1.0.0", "?label=staging"):
            yield (
                "GET",
                f"/api/v1/prompts/support/system{query}",
                {"Authorization": keys["all"], "If-None-Match": tags},
            )


def test_the_mount_and_django_answer_alike(mount: Mount, requests: list[Request]) -> None:
    own, statuses = 0, set()
    for method, path, headers in requests:
        if "{}" in headers.get("If-None-Match", ""):
            etag = by_django((method, path, {**headers, "If-None-Match": ""}))[1]["ETag"]
            tags = headers["If-None-Match"].format(etag.strip('"'))
            headers = {**headers, "If-None-Match": tags}
        expected = by_django((method, path, headers))
        for _ in ("read", "remembered"):
            got = by_mount(mount, (method, path, headers))
            if got[0] == 599:
                continue
            own += 1
            statuses.add(got[0])
            assert got == expected, (method, path[:80], headers)
    assert own > 600
    assert statuses == {200, 304, 400, 401, 403, 404}


def test_they_answer_alike_after_each_change(
    shop: World, prompt: Prompt, make_key: MakeKey, mount: Mount
) -> None:
    new = make_key()
    headers = {"Authorization": f"Bearer {new.secret}"}
    asked = [
        ("GET", f"/api/v1/prompts/{path}", headers) for path in ("support/system", "other/one")
    ]

    def alike() -> list[int]:
        mount.memory.check()
        assert [by_mount(mount, one) for one in asked] == [by_django(one) for one in asked]
        return [by_mount(mount, one)[0] for one in asked]

    assert alike() == [200, 404]
    rollout = stages.in_canary(shop, prompt)
    assert alike() == [200, 404]
    roll_back(prompt, actor=shop.actor("lea"), reason="Worse.", now=database_now())
    assert rollout.pk
    assert alike() == [200, 404]
    second = stages.prompt_named(shop, "other/one")
    assert alike() == [200, 404]  # now it is there, but serves nothing
    stages.in_production(shop, second)
    assert alike() == [200, 200]
    revoke_key(new.key, actor=shop.actor("ada"), reason="Lost.")
    assert alike() == [401, 401]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/prompts/support/system/versions"),
        ("GET", "/api/v1/prompts/support/system/versions/1.0.0"),
        ("GET", "/api/v1/prompts/support/system/diff?from=1.0.0&to=1.0.0"),
        ("GET", "/api/v1/prompts/support/system/ledger"),
        ("POST", "/api/v1/prompts/support/system/rollback"),
        ("POST", "/api/v1/prompts/support/system"),
        ("OPTIONS", "/api/v1/prompts/support/system"),
        ("GET", "/api/v1/prompts"),
        ("GET", "/api/v1/prompts/"),
        ("GET", "/api/public/v2/prompts/support/system"),
        ("GET", "/"),
    ],
)
def test_everything_but_fetches_is_left_to_django(mount: Mount, method: str, path: str) -> None:
    assert by_mount(mount, (method, path, {}))[0] == 599


def test_a_fetch_that_was_answered_asks_the_database_nothing(
    mount: Mount, prompt: Prompt, key: str, django_assert_num_queries: Any
) -> None:
    asked = ("GET", "/api/v1/prompts/support/system", {"Authorization": f"Bearer {key}"})
    assert by_mount(mount, asked)[0] == 200
    with django_assert_num_queries(0):
        assert by_mount(mount, asked)[0] == 200
        for made_up in ("pcms_read_abcdefgh_" + "x" * 49, "", "x" * 5000):
            junk = {"Authorization": f"Bearer {made_up}"}
            assert by_mount(mount, ("GET", asked[1], junk))[0] == 401
    counts = mount.counts.read()
    assert counts == {"answered": 2, "unchanged": 0, "refused": 3}


def test_requests_with_endless_headers_are_answered_but_not_remembered(
    mount: Mount, prompt: Prompt, key: str
) -> None:
    address = "/api/v1/prompts/support/system"
    for client in ("bench/1", *("x" * length for length in range(2000, 2010))):
        headers = {"Authorization": f"Bearer {key}", "X-Pcms-Client": client}
        assert by_mount(mount, ("GET", address, headers))[0] == 200
    assert len(mount._ready) == 1
