"""A team whose MAJOR waits for a signature, and a browser for each person."""

from collections.abc import Callable

import pytest
from django.test import Client

from registry.domain.roles import Role
from registry.projects.models import Membership
from registry.prompts.models import Prompt, Version
from tests import stages
from tests.stages import World

SignIn = Callable[[str], Client]


@pytest.fixture
def shop(db: None) -> World:
    return stages.world()


@pytest.fixture
def prompt(shop: World) -> Prompt:
    """`support/system`, whose 1.0.0 serves production."""
    prompt = stages.prompt_named(shop)
    stages.in_production(shop, prompt)
    return prompt


@pytest.fixture
def first(prompt: Prompt) -> Version:
    return prompt.versions.get(revision=1)


@pytest.fixture
def major(shop: World, prompt: Prompt, first: Version) -> Version:
    """2.0.0, which waits for a signature."""
    return stages.in_review_or_cleared(
        shop, stages.saved(shop, prompt, stages.MAJOR_TEXT, base=first)
    )


@pytest.fixture
def as_(shop: World) -> SignIn:
    """Return a client in which that person just signed in."""

    def sign_in(name: str) -> Client:
        client = Client()
        client.force_login(shop.person(name))
        return client

    return sign_in


def give_role(world: World, name: str, role: Role) -> None:
    """Let somebody hold one more role."""
    Membership.objects.create(project=world.project, person=world.person(name), role=role.value)
