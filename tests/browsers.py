"""People in real browsers, signed in already where signing in is not the point."""

from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext

from registry.projects.models import Person


def sign_in(browser: BrowserContext, address: str, name: str) -> None:
    """Give `browser` the session of `name`, who has just entered a password at `address`."""
    client = Client()
    client.force_login(Person.objects.get(username=name))
    session = client.cookies[settings.SESSION_COOKIE_NAME]
    browser.add_cookies([{"name": session.key, "value": session.value, "url": address}])
