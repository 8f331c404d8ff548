"""A team with its five people, and a browser for each person."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests import stages
from tests.stages import World

SignIn = Callable[[str], Client]


@pytest.fixture
def shop(db: None) -> World:
    return stages.world()


@pytest.fixture
def as_(shop: World) -> SignIn:
    """Return a client in which that person just signed in."""

    def sign_in(name: str) -> Client:
        client = Client()
        client.force_login(shop.person(name))
        return client

    return sign_in
