"""A shop whose prompt serves 1.0.0, and the editor as a browser uses it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from registry.prompts.models import Prompt, Version
from tests import stages
from tests.stages import World

SignIn = Callable[[str], "Editor"]


@dataclass
class Editor:
    """One person's browser on the editor of one prompt."""

    client: Client
    address: str
    sent: dict[str, Any] = field(default_factory=dict)

    def open(self, query: str = "") -> Any:
        """Open the page and keep its hidden fields, as a browser does."""
        answer = self.client.get(self.address + query)
        if answer.status_code == 200:
            shown = answer.context
            self.sent = {
                "base": shown["base"].semver if shown["base"] else "",
                "seen": str(shown["seen"]),
                "rev": str(shown["rev"]),
                "save_token": str(shown["save_token"]),
                "bump": shown["bump"],
                "text": shown["typed"].text,
                "reason": shown["typed"].reason,
            }
        return answer

    def save(self, **typed: Any) -> Any:
        """Press Save with `typed` in the form."""
        fields = self.sent | {"reason": "Because the test says so."} | typed
        return self.client.post(self.address, fields)

    def keep(self, **typed: Any) -> Any:
        """Let the autosave run; the page remembers the new `rev`."""
        answer = self.client.post(f"{self.address}/draft", self.sent | typed)
        if answer.status_code == 200:
            self.sent["rev"] = str(answer.json()["rev"])
        return answer

    def ask(self, **typed: Any) -> dict[str, Any]:
        """Ask what the change means."""
        answer = self.client.post(f"{self.address}/meaning", self.sent | typed)
        assert answer.status_code == 200, answer.content
        return dict(answer.json())


@pytest.fixture
def shop(db: None) -> World:
    return stages.world()


@pytest.fixture
def prompt(shop: World) -> Prompt:
    return stages.prompt_named(shop)


@pytest.fixture
def served(shop: World, prompt: Prompt) -> Version:
    """1.0.0, which production serves."""
    return stages.in_production(shop, prompt)


@pytest.fixture
def edit_as(shop: World, prompt: Prompt) -> SignIn:
    """Return the editor of the prompt in the browser of somebody who just signed in."""

    def sign_in(name: str) -> Editor:
        client = Client()
        client.force_login(shop.person(name))
        return Editor(client, f"/projects/{shop.project.slug}/prompts/{prompt.name}/edit")

    return sign_in
