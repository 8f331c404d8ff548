"""What people read when a page cannot be shown: one sentence, and the next step."""

from unittest import mock

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory

from registry.projects.models import Person
from registry.prompts.models import Prompt
from registry.web.permissions import ProjectRequest, signed_in
from registry.web.prompts.typed import reason_of
from tests import stages
from tests.registry.web.conftest import SignIn
from tests.registry.web.reading import words
from tests.stages import World


def test_people_who_are_not_signed_in_are_sent_to_the_sign_in_and_back(shop: World) -> None:
    client = Client()
    answer = client.get("/projects/shop/prompts/new")
    assert answer.url == "/login/?next=/projects/shop/prompts/new"
    signed_in = client.post(answer.url, {"username": "ana", "password": stages.PASSWORD})
    assert signed_in.url == "/projects/shop/prompts/new"


def test_any_active_person_enters_without_the_staff_flag_and_a_deactivated_one_does_not(
    shop: World,
) -> None:
    assert not shop.person("vic").is_staff
    typed = {"username": "vic", "password": stages.PASSWORD, "next": "/"}
    assert Client().post("/login/", typed).status_code == 302
    Person.objects.filter(username="vic").update(is_active=False)
    refused = Client().post("/login/", typed)
    assert refused.status_code == 200
    assert "This name and password do not match." in words(refused)


def test_an_address_without_a_page_says_so_to_everybody(shop: World, as_: SignIn) -> None:
    for client in (Client(), as_("ana")):
        answer = client.get("/no/such/page")
        assert answer.status_code == 404
        assert "There is nothing at this address" in words(answer)


def test_a_form_that_is_too_large_names_the_limit(prompt: Prompt, as_: SignIn) -> None:
    answer = as_("ana").post(
        "/projects/shop/prompts/new",
        {"name": "x", "kind": "text", "description": "d" * (1024 * 1024 + 1)},
    )
    assert answer.status_code == 413
    assert "larger than 1024 KiB" in words(answer)


def test_a_busy_database_is_a_503_and_a_fault_of_ours_a_500(shop: World) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(shop.person("ana"))
    view = "registry.web.permissions.projects_of"
    with mock.patch(view, side_effect=OperationalError("database is locked")):
        busy = client.get("/projects/shop")
    assert (busy.status_code, busy["Retry-After"]) == (503, "5")
    assert "The database cannot be reached at the moment" in words(busy)
    with mock.patch(view, side_effect=ValueError("innards")):
        broken = client.get("/projects/shop")
    assert broken.status_code == 500
    assert "Something broke on our side" in words(broken)
    assert b"locked" not in busy.content
    assert b"innards" not in broken.content


def test_a_form_from_elsewhere_changes_nothing_and_says_what_to_do(shop: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(shop.person("ana"))
    answer = client.post("/projects/shop/prompts/new", {"name": "x", "kind": "text"})
    assert answer.status_code == 403
    assert "Nothing was changed." in words(answer)
    assert not Prompt.objects.exists()


def test_our_own_fault_is_admitted_without_details(
    shop: World, as_: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("a secret inside")

    monkeypatch.setattr("registry.web.home.database_now", broken)
    client = as_("ana")
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Something broke on our side" in words(answer)
    assert "secret" not in words(answer)


def test_every_page_says_when_its_project_is_a_sandbox(as_: SignIn) -> None:
    play = stages.world("play", sandbox=True)
    stages.prompt_named(play)
    client = as_("ana")
    assert "sandbox Play is for trying things out" in words(
        client.get("/projects/play/prompts/support/system")
    )
    assert "sandbox" not in words(client.get("/projects/shop/prompts/new"))


def test_a_view_that_does_not_look_after_a_typed_reason_is_looked_after(
    prompt: Prompt, rf: RequestFactory
) -> None:
    @signed_in
    def careless(request: ProjectRequest) -> HttpResponse:
        return HttpResponse(reason_of(request, "none"))

    for typed, status in (("a\x00b", 400), ("Because.", 200)):
        request = rf.post("/", {"reason": typed})
        request.user = prompt.owner
        assert careless(request).status_code == status
