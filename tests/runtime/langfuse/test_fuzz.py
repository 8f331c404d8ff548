"""Random questions of SDKs on both databases: always JSON, and never a fault of ours."""

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.prompts.models import Prompt
from tests.runtime.langfuse.conftest import basic, pair_of
from tests.runtime.test_fuzz import METHODS, TEXT, ask, few_seconds, percent

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
ADDRESSES = ["v2/prompts/support/system", "v2/prompts", "v2/prompts/{}", "projects", "{}"]
FIELDS = [
    *("label", "version", "resolve"),
    *("name", "tag", "page", "limit", "fromUpdatedAt", "toUpdatedAt", "filter"),
]
KNOWN = st.sampled_from(["production", "canary", "latest", "v1.0.0", "1", "support/system", "100"])


@given(
    method=st.sampled_from(["GET"] * len(METHODS) + METHODS),
    address=st.sampled_from(ADDRESSES),
    part=TEXT,
    query=st.dictionaries(st.sampled_from(FIELDS), KNOWN | TEXT, max_size=3),
    pair=st.sampled_from(["good", "good", "odd"]),
    odd=TEXT,
)
@settings(few_seconds, max_examples=200)
def test_nonsense_is_answered_in_json_and_never_with_a_fault(
    prompt: Prompt, key: str, method: str, address: str, part: str, query: dict[str, str],
    pair: str, odd: str,
) -> None:  # fmt: skip
    client = Client(raise_request_exception=False)
    public = odd.encode("utf-8", "replace").decode()
    sent = basic(pair_of(key) if pair == "good" else f"{public}:{key}")
    path = "/api/public/" + address.format(percent(part))
    path += "?" + "&".join(f"{name}={percent(value)}" for name, value in query.items())
    answer = ask(client, method, path, headers={"Authorization": sent})
    assert answer.status_code in (200, 400, 401, 403, 404, 405), (path, answer.content[:300])
    assert answer["Content-Type"] == "application/json"
    assert not answer.cookies
    if answer.status_code != 200 and answer.content:
        assert answer.json().keys() == {"message", "error"}
