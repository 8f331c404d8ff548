"""Sensitive acts want a fresh password, and guessing passwords ends soon."""

import time

import pytest
from django.test import Client

from registry.projects.access import roles_of
from registry.web.signin import SIGNED_IN_AT
from tests.stages import PASSWORD, World

TYPED = {"roles": ["author", "viewer"], "reason": "Said <b>with</b>\r\ntwo lines."}


@pytest.fixture
def stale(shop: World) -> Client:
    """A browser in which Ada entered her password an hour ago."""
    browser = Client()
    assert browser.post("/login/", {"username": "ada", "password": PASSWORD}).status_code == 302
    session = browser.session
    assert time.time() - session[SIGNED_IN_AT] < 60
    session[SIGNED_IN_AT] -= 3600
    session.save()
    return browser


def hidden_fields(answer: object) -> list[tuple[str, str]]:
    """Return what the page that asks for the password carries."""
    return list(answer.context["typed"])  # type: ignore[attr-defined]


def test_the_password_is_asked_in_place_and_the_act_goes_on_with_everything_typed(
    shop: World, stale: Client
) -> None:
    vic = shop.person("vic")
    url = f"/projects/shop/members/{vic.pk}"
    assert stale.get(url).status_code == 200
    asked = stale.post(url, TYPED)
    assert asked.status_code == 403
    assert f'action="{url}"' in asked.content.decode()
    carried: dict[str, list[str]] = {}
    for name, value in hidden_fields(asked):
        carried.setdefault(name, []).append(value)
    assert carried == {"roles": TYPED["roles"], "reason": [TYPED["reason"]]}
    wrong = stale.post(url, {**carried, "password_again": "guess"})
    assert wrong.status_code == 403
    assert hidden_fields(wrong) == hidden_fields(asked)
    assert "guess" not in wrong.content.decode()
    assert {role.value for role in roles_of(vic, shop.project)} == {"viewer"}
    assert stale.post(url, {**carried, "password_again": PASSWORD}).status_code == 302
    assert {role.value for role in roles_of(vic, shop.project)} == {"author", "viewer"}
    assert stale.post(url, TYPED).status_code == 302


def test_a_fresh_sign_in_is_not_asked_again(shop: World) -> None:
    browser = Client()
    browser.post("/login/", {"username": "ada", "password": PASSWORD})
    url = f"/projects/shop/members/{shop.person('vic').pk}"
    assert browser.post(url, TYPED).status_code == 302


def test_nobody_is_asked_for_a_password_who_may_not_do_it_anyway(shop: World) -> None:
    browser = Client()
    browser.force_login(shop.person("vic"))
    session = browser.session
    session[SIGNED_IN_AT] = 0
    session.save()
    answer = browser.post(f"/projects/shop/members/{shop.person('vic').pk}", TYPED)
    assert answer.status_code == 403
    assert "password_again" not in answer.content.decode()
    assert "need the role admin" in answer.content.decode()


@pytest.mark.parametrize("where", ["sign-in", "asked again"])
def test_five_wrong_passwords_close_the_door_even_to_the_right_one(
    shop: World, stale: Client, where: str
) -> None:
    url = f"/projects/shop/members/{shop.person('vic').pk}"

    def attempt(password: str) -> int:
        if where == "sign-in":
            typed = {"username": "ada", "password": password}
            return Client().post("/login/", typed).status_code
        return stale.post(url, {**TYPED, "password_again": password}).status_code

    answers = [attempt("wrong") for _ in range(5)]
    assert 302 not in answers
    assert attempt(PASSWORD) == 429
    other = Client().post("/login/", {"username": "lea", "password": PASSWORD})
    assert other.status_code == 302
    page = Client().post("/login/", {"username": "ada", "password": PASSWORD}).content.decode()
    assert "15 minutes" in page


def test_a_right_password_forgets_the_wrong_ones(shop: World) -> None:
    for _ in range(3):
        for _ in range(4):
            Client().post("/login/", {"username": "ada", "password": "wrong"})
        right = Client().post("/login/", {"username": "ada", "password": PASSWORD})
        assert right.status_code == 302
