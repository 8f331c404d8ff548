"""Used by: who fetches a prompt, and who is named before something breaks them."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from registry.audit.clock import database_now
from registry.audit.models import Event
from registry.prompts.models import Alias, Prompt, Version
from registry.runtime.callers import listed, noted, warnings_of
from registry.runtime.keys import NewKey, create_key, revoke_key
from registry.runtime.models import Fetcher
from tests import stages
from tests.stages import World

PYTHON = "promptcms-python/0.1.0"
See = Callable[..., Fetcher]
Page = Callable[..., str]


@pytest.fixture
def shop(db: None) -> World:
    return stages.world()


@pytest.fixture
def prompt(shop: World) -> Prompt:
    """The prompt support/system: 1.0.0, in production, needs {{company}}."""
    prompt = stages.prompt_named(shop)
    stages.in_production(shop, prompt)
    return prompt


def key_of(shop: World, name: str) -> NewKey:
    return create_key(
        shop.project,
        name=name,
        scopes=["read"],
        labels=["production"],
        actor=shop.actor("ada"),
    )


@pytest.fixture
def see(shop: World, prompt: Prompt) -> See:
    """Let a process of an application have fetched the prompt."""
    keys: dict[str, NewKey] = {}

    def seen(
        app: str = "billing-api",
        variables: list[str] | None = None,
        *,
        process: str = "web-1:7",
        client: str = PYTHON,
        label: str = "production",
        ago: timedelta = timedelta(),
    ) -> Fetcher:
        if app not in keys:
            keys[app] = key_of(shop, app)
        return Fetcher.objects.create(
            key=keys[app].key,
            prompt=prompt,
            client=client,
            process=process,
            label=label,
            variables=variables,
            last_fetch_at=database_now() - ago,
        )

    return seen


@pytest.fixture
def major(shop: World, prompt: Prompt) -> Version:
    """2.0.0, cleared: it needs {{plan}} too."""
    base = prompt.versions.get()
    return stages.cleared(shop, stages.saved(shop, prompt, stages.MAJOR_TEXT, base=base))


@pytest.fixture
def at(shop: World) -> Page:
    """Return the words of a page of the prompt, as somebody reads them."""

    def text(path: str = "", name: str = "lea") -> str:
        client = Client()
        client.force_login(shop.person(name))
        answer = client.get(f"/projects/shop/prompts/support/system{path}")
        assert answer.status_code == 200
        return " ".join(unescape(answer.content.decode()).split())

    return text


def warned(version: Version) -> list[str]:
    return warnings_of(version, now=database_now())


def test_a_caller_that_lacks_a_variable_is_named_where_the_start_is_decided(
    shop: World, prompt: Prompt, see: See, major: Version, at: Page
) -> None:
    see("billing-api", ["company"])
    see("support-api", ["company", "plan"])
    see("batch", ["company", "plan"], client="our own")
    assert warned(major) == ["billing-api does not send {{plan}}."]
    for path in ("/versions/2.0.0", "/versions/2.0.0/review"):
        assert "billing-api does not send {{plan}}." in at(path)
        assert "support-api does not" not in at(path)
    assert "the trail keeps the warning" in at("/versions/2.0.0")
    assert "Whoever takes it further is warned again." in at("/versions/2.0.0/review")
    lea = Client()
    lea.force_login(shop.person("lea"))
    started = lea.post(
        "/projects/shop/prompts/support/system/versions/2.0.0/start", {"reason": "Go."}
    )
    assert started.status_code == 302  # a warning never stops anybody
    event = Event.objects.get(action="rollout.started", reason__startswith="Go. (")
    assert event.reason == "Go. (Warned: billing-api does not send {{plan}}.)"
    page = at()
    assert "Going forward with 2.0.0 may break callers" in page
    assert "billing-api does not send {{plan}}." in page


def test_nobody_is_named_when_all_callers_send_what_is_needed(
    see: See, major: Version, at: Page
) -> None:
    see(variables=["company", "plan"], label="canary")
    assert "may break callers" not in at("/versions/2.0.0")
    assert "may break callers" not in at("/versions/2.0.0/review")


def test_a_value_that_the_version_does_not_know_breaks_a_caller_too(
    shop: World, prompt: Prompt, see: See
) -> None:
    first = prompt.versions.get()
    stages.in_production(shop, prompt, stages.MAJOR_TEXT)
    see(variables=["company", "plan", "tier"])
    assert warned(first) == ["billing-api sends {{plan}}, which 1.0.0 does not know."]


def test_what_production_breaks_already_is_no_news(
    shop: World, prompt: Prompt, see: See, at: Page
) -> None:
    see(variables=["tier"])
    minor = stages.saved(shop, prompt, stages.MINOR_TEXT, base=prompt.versions.get())
    assert warned(minor) == []
    assert "does not send {{company}}, needed since 1.0.0" in at()
    assert "sends {{tier}}, which 1.0.0 does not know" in at()


def test_a_caller_that_does_not_say_is_named_only_if_more_is_needed_than_now(
    see: See, prompt: Prompt, major: Version
) -> None:
    see("mobile-bff", None, client="")
    assert warned(major) == [
        "2.0.0 needs {{plan}} too; mobile-bff does not say which variables it sends."
    ]
    assert warned(prompt.versions.get(major=1)) == []


def test_an_ended_process_counts_less_than_those_that_run(see: See, major: Version) -> None:
    see(variables=["company"], process="old", ago=timedelta(hours=3))
    see(variables=["company", "plan"], process="new")
    assert warned(major) == [
        "billing-api sends {{plan}} by now; an earlier process of the last 7 days did not."
    ]
    see(variables=["company"], process="newer", ago=timedelta(minutes=1))
    assert warned(major) == ["Some processes of billing-api do not send {{plan}}."]


def test_who_cannot_be_hurt_is_not_named(shop: World, see: See, major: Version) -> None:
    see("pinned", ["company"], label="1.0.0")
    see("gone", ["company"], ago=timedelta(days=8))
    ended = see("ended", ["company"])
    assert warned(major) == ["ended does not send {{plan}}."]
    revoke_key(ended.key, actor=shop.actor("ada"), reason="Switched off.")
    assert warned(major) == []


def test_the_client_tells_two_callers_with_one_key_apart(see: See, major: Version) -> None:
    see(variables=["company"])
    see(variables=["company", "plan"], client="promptcms-node/0.1.0", process="n")
    assert warned(major) == ["billing-api (promptcms-python 0.1.0) does not send {{plan}}."]


def test_going_back_names_who_sends_what_the_old_version_does_not_know(
    shop: World, prompt: Prompt, see: See, at: Page
) -> None:
    stages.in_production(shop, prompt, stages.MAJOR_TEXT)
    see(variables=["company", "plan"])
    page = at()
    assert "Rolling back to 1.0.0 may break callers" in page
    assert "billing-api sends {{plan}}, which 1.0.0 does not know." in page
    lea = Client()
    lea.force_login(shop.person("lea"))
    done = lea.post("/projects/shop/prompts/support/system/rollout/back", {"reason": "Errors."})
    assert done.status_code == 302
    warned_of = "Errors. (Warned: billing-api sends {{plan}}, which 1.0.0 does not know.)"
    assert Event.objects.filter(reason=warned_of).exists()


def test_the_page_has_a_line_for_each_caller_and_says_since_when_one_lacks_something(
    shop: World, prompt: Prompt, see: See, at: Page
) -> None:
    stages.in_production(shop, prompt, stages.MAJOR_TEXT)
    for number in range(4):
        see("support-api", ["company", "plan"], process=f"web-{number}")
    see("support-api", ["company", "plan"], process="gone", ago=timedelta(hours=2))
    see("mobile-bff", ["company"], client="promptcms-node/0.1.0")
    see("forgetful", [])
    see("script", None, client="")
    page = at(name="vic")
    assert "support-api</a> (promptcms-python 0.1.0, 4 processes, all variables)" in page
    assert "does not send {{plan}}, needed since 2.0.0" in page
    lacks = "does not send {{company}}, needed since 1.0.0, nor {{plan}}, needed since 2.0.0"
    assert lacks in page
    assert "unnamed client, does not say which variables it sends" in page
    assert "4 callers fetched it in the last 7 days" in page
    assert "2 of them do not send what fits" in page
    assert "Every process (8)" in page
    support = Fetcher.objects.filter(key__name="support-api").first()
    assert support
    assert f'href="/projects/shop/keys#key-{support.key.public_id}"' in page


def test_of_many_callers_those_that_do_not_fit_come_first_and_the_rest_is_folded(
    see: See, at: Page
) -> None:
    see("silent-but-wrong", ["tier"], ago=timedelta(days=1))
    see("silent-but-wrong", ["tier"], label="staging", ago=timedelta(days=1))
    for number in range(11):
        see(f"app-{number}", ["company"], process=f"p{number}")
    page = at()
    assert "12 callers fetched it in the last 7 days" in page
    assert page.index(">silent-but-wrong</a>") < page.index(">app-10</a>")
    assert page.index("2 more callers") < page.index(">app-0</a>")
    assert page.count("sends {{tier}}, which 1.0.0 does not know") == 1


def test_a_prompt_that_nobody_fetches_says_how_callers_show(prompt: Prompt, at: Page) -> None:
    assert "Nobody has fetched it in the last 7 days." in at()


def test_archiving_and_renaming_name_who_fetched_it_in_the_last_day(
    shop: World, prompt: Prompt, see: See, at: Page
) -> None:
    assert "in the last day" not in at("/settings", "ada")
    see("support-api")
    see("mobile-bff", process="m", ago=timedelta(hours=3))
    see("quarterly", process="q", ago=timedelta(days=2))
    said = "2 callers fetched it in the last day: support-api and mobile-bff."
    assert at("/settings", "ada").count(said) == 2
    ada = Client()
    ada.force_login(shop.person("ada"))
    path = "/projects/shop/prompts/support/system/settings"
    ada.post(f"{path}/rename", {"new_name": "support/main", "seen_name": "support/system"})
    assert said in Event.objects.get(action="prompt.renamed").reason
    alias = Alias.objects.get(name="support/system").pk
    see("mobile-bff", process="m", client="promptcms-node/0.1.0")
    ada.post(f"/projects/shop/prompts/support/main/settings/old-names/{alias}")
    said_by_key = "3 callers fetched it in the last day, with the keys mobile-bff and support-api."
    assert said_by_key in Event.objects.get(action="prompt.alias_removed").reason
    said = said_by_key
    ada.post("/projects/shop/prompts/support/main/settings/archive")
    assert said in Event.objects.get(action="prompt.archived").reason


def test_the_page_asks_as_many_questions_for_fifty_callers_as_for_two(
    shop: World, prompt: Prompt, see: See, django_assert_max_num_queries: Callable[..., object]
) -> None:
    client = Client()
    client.force_login(shop.person("lea"))

    def questions() -> int:
        with django_assert_max_num_queries(200) as asked:  # type: ignore[attr-defined]
            client.get("/projects/shop/prompts/support/system")
        return len(asked)

    see("app-0", ["tier"])
    see("app-1", ["tier"])
    few = questions()
    for number in range(2, 50):
        see(f"app-{number}", ["tier"], process=f"p{number}")
    assert questions() == few


def test_long_lists_are_cut_in_words() -> None:
    assert listed(["a"]) == "a"
    assert listed(list("abcde")) == "a, b, c, d and e"
    assert listed(list("abcdefg")) == "a, b, c, d, e and 2 more"
    assert noted("Go.", []) == "Go."
    assert noted("Go.", ["x."] * 7).endswith("And 2 more.)")
