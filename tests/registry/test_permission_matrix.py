"""Every route of our own × everybody: generated from the URL conf and the table of rights.

A route whose view declares nothing fails here, and so does one whose object the test does
not know: a new page cannot be forgotten.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.test import Client

from registry.domain.roles import TABLE, Role
from registry.projects.access import roles_of
from registry.projects.models import Person
from tests.registry.routes import Objects, Route, own_routes

# Answered by keys or to probes, not by sign-in: their own tests are in tests/runtime.
FOR_MACHINES = {
    "healthz": {200},
    "readyz": {200, 503},
    "metrics": {200},
    "status": {200, 503},
    "client_package": {404},  # of a client that there is not
    "api_prompt": {401},
    "api_docs": {200},
    "api_openapi": {200},
    "api_prompts": {401},
    "api_bundle": {401},
    "api_versions": {401},
    "api_version": {401},
    "api_diff": {401},
    "api_ledger": {401},
    "api_rollback": {401, 405},
    "api_observations": {401, 405},
    "api_evaluations": {401, 405},
    "api_evaluation": {401},
    "api_evaluation_cases": {401},
    "otlp_traces": {401, 405},
    "otlp_other": {404},
    "langfuse_traces": {401, 405},
    "langfuse_scores": {401, 405},
    "langfuse_ingestion": {401, 405},
    "langfuse_health": {200},
    "langfuse_projects": {401},
    "langfuse_prompts": {401},
    "langfuse_prompt": {401},
    "langfuse_not_found": {404},
    "api_not_found": {404},
}
FOR_MEMBERS_OF_ANY = "new_project"  # the one page that asks for a role somewhere
METHODS = ("GET", "POST")
EVERYBODY = ["anonymous", "vic", "ana", "rui", "lea", "ada", "oto"]


@dataclass(frozen=True)
class Answer:
    """What somebody got, in the words of the matrix."""

    status: int
    login: bool

    @classmethod
    def of(cls, response: HttpResponse) -> "Answer":
        return cls(response.status_code, response.headers.get("Location", "").startswith("/login/"))

    @property
    def kind(self) -> str:
        """One of: sign in, hidden, refused, no such method, broken, let in."""
        if self.login:
            return "sign in"
        named = {404: "hidden", 403: "refused", 405: "no such method"}
        return named.get(self.status, "broken" if self.status >= 500 else "let in")


@cache
def routes() -> list[Route]:
    """Return the routes of pages."""
    return [route for route in own_routes() if route.name not in FOR_MACHINES]


def expected(route: Route, method: str, person: Person | None, objects: Objects) -> str:
    """Return what the declaration of `route` and the table of rights say."""
    if route.access == "open":
        return "let in"
    if person is None:
        return "sign in"
    roles = roles_of(person, objects.shop.project)
    if not isinstance(route.access, dict):
        return "let in" if roles or route.name != FOR_MEMBERS_OF_ANY else "refused"
    if not roles:
        return "hidden"
    action = route.access.get(method)
    if action is None:
        return "no such method"
    return "let in" if TABLE[action] & roles else "refused"


def ask(client: Client, method: str, address: str) -> Answer:
    """Send one request and take back whatever it changed."""
    client.raise_request_exception = False
    with transaction.atomic():
        answer = Answer.of(client.generic(method, address))
        transaction.set_rollback(True)
    return answer


def test_every_route_declares_who_may_use_it() -> None:
    undeclared = [route.name for route in routes() if route.access is None]
    assert undeclared == [], "decorate them with registry.web.permissions"
    assert set(FOR_MACHINES) <= {route.name for route in own_routes()}


def test_a_page_of_a_project_declares_a_right_and_no_other_page_takes_a_project() -> None:
    wrong = [r.name for r in routes() if ("slug" in r.parts) is not isinstance(r.access, dict)]
    assert wrong == []


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every view run, but draw each template once; leave out what all pages show alike.

    Whether somebody is let in is known before a page is drawn. The inbox's count and the
    sentence of a refusal have their own tests; here they would take most of the time.
    """
    drawn: set[object] = set()

    class DrawnOnce(TemplateResponse):
        @property
        def rendered_content(self) -> str:
            if self.template_name in drawn:
                return ""
            drawn.add(self.template_name)
            return super().rendered_content

    monkeypatch.setattr("registry.web.pages.TemplateResponse", DrawnOnce)
    monkeypatch.setattr("registry.web.review.inbox.count_waiting", lambda *_: 0)


@pytest.mark.django_db
@pytest.mark.usefixtures("bare")
def test_everybody_meets_on_every_route_what_their_roles_say() -> None:
    objects = Objects()  # one for everybody: what a request changes is taken back
    wrong = [fault for name in EVERYBODY for fault in _faults_of(name, objects)]
    assert wrong == []


def _faults_of(name: str, objects: Objects) -> Iterator[str]:
    """Yield in words where one person is not answered as the table of rights says."""
    person = None if name == "anonymous" else objects.shop.person(name)
    client = Client()
    if person:
        client.force_login(person)
    for route in routes():
        address = objects.address(route)
        for method in METHODS:
            right = expected(route, method, person, objects)
            answer = ask(client, method, address)
            if answer.kind != right:
                yield f"{name}, {method} {route.name}: {answer.kind} ({answer.status}), not {right}"


@pytest.mark.django_db
@pytest.mark.usefixtures("bare")
def test_nothing_of_one_project_is_reached_through_another() -> None:
    objects = Objects()
    client = Client()
    client.force_login(objects.bea)
    assert roles_of(objects.bea, objects.bank.project) == frozenset(Role)
    wrong = [
        f"{method} {route.name}: {answer.status}"
        for route, method in _object_routes()
        for answer in [ask(client, method, objects.address(route, slug="bank"))]
        if answer.kind != "hidden"
    ]
    assert wrong == []


def _object_routes() -> Iterator[tuple[Route, str]]:
    """Yield the routes below a project that name an object in it, with what they accept."""
    for route in routes():
        if isinstance(route.access, dict) and route.parts != ["slug"]:
            yield from ((route, method) for method in METHODS if method in route.access)


@pytest.mark.django_db
def test_machines_are_answered_without_sign_in_and_never_with_a_page() -> None:
    for route in own_routes():
        if route.name in FOR_MACHINES:
            path = re.sub("<[^>]*>", "1", route.pattern).replace("^/*[aA][pP][iI](?:/|$)", "api/x")
            response = Client().get(f"/{path}")
            assert response.status_code in FOR_MACHINES[route.name], route.name
            is_page = "html" in response.headers["Content-Type"]
            assert is_page is (route.name == "api_docs"), route.name


@pytest.mark.django_db
def test_the_lists_of_the_admin_ask_everybody_to_sign_in() -> None:
    from promptcms.urls import site  # with the lists on it

    names = [f"{m._meta.app_label}/{m._meta.model_name}" for m in site._registry]
    assert names
    for name in names:
        answer = Answer.of(Client().get(f"/{name}/"))
        assert answer.kind == "sign in", name
