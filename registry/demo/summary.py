"""What `up` prints about the demo: who can sign in, and a line that fetches a prompt."""

import os

from django.conf import settings

from registry.audit.actor import Actor
from registry.demo.people import PASSWORD, PEOPLE, SLUG
from registry.projects.models import Person, Project
from registry.runtime.keys import authenticate, create_key

KEY_FILE = settings.VAR_DIR / "demo_key"


def demo_passwords_stand() -> bool:
    """Can anybody sign in with a password that is printed in the documentation?"""
    return Person.objects.filter(is_demo=True, is_active=True).exists()


def sign_in_lines() -> list[str]:
    """Return one line per demo person: name, password, what they do."""
    return [
        f"{username:<4} {PASSWORD}   {name}, {role.value}: {what}"
        for username, (name, role, what) in PEOPLE.items()
    ]


def curl_line(address: str) -> str:
    """Return a command that fetches a prompt of the demo from `address`."""
    return (
        f"curl -H 'Authorization: Bearer {demo_key()}' "
        f"'{address}/api/v1/prompts/support/system?label=production'"
    )


def demo_key() -> str:
    """Return the read key of the demo; kept in a private file, because keys are shown once."""
    secret = KEY_FILE.read_text().strip() if KEY_FILE.exists() else ""
    if secret and authenticate(secret):
        return secret
    made = create_key(
        Project.objects.get(slug=SLUG),
        name="demo, printed by up",
        scopes=["read"],
        labels=["production", "staging", "canary"],
        actor=Actor.system("operator"),
    )
    handle = os.open(KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(made.secret)
    return made.secret
