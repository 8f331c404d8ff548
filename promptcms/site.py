"""The one admin site: shell, sign-in and navigation of every page.

It is empty here, so that the apps may import it; each `admin.py` registers its lists and
`promptcms/urls.py` adds the home page and the routes.
"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from unfold.forms import AuthenticationForm
from unfold.sites import UnfoldAdminSite

NAME_LENGTH = 254  # no account has a longer name, and the log of wrong passwords keeps no more


class SignInForm(AuthenticationForm):  # type: ignore[misc]  # the theme has no types
    """Any active person may sign in; what they may do is decided by roles in projects."""

    error_messages = {
        "invalid_login": "This name and password do not match. Capital letters count in passwords.",
        "inactive": "This account was deactivated. Ask an admin of your project.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Ask for what people know: accounts are made with an email address."""
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Email or name"

    def clean_username(self) -> str:
        """Take an email address in any case: accounts keep it in small letters."""
        name: str = self.cleaned_data["username"]
        if len(name) > NAME_LENGTH:
            raise self.get_invalid_login_error()
        return name.lower() if "@" in name else name

    def confirm_login_allowed(self, user: object) -> None:
        """Accept everybody that the sign-in backends accept; they refuse inactive people."""


class PromptSite(UnfoldAdminSite):  # type: ignore[misc]
    """An admin site that asks for an active person, not for Django's staff flag."""

    # Own pages and the JSON errors under /api/ must get the addresses the admin does not know.
    final_catch_all_view = False
    login_form = SignInForm

    def has_permission(self, request: HttpRequest) -> bool:
        """May this person enter? What they see is narrowed by their projects."""
        return bool(request.user.is_active)

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Switched off: the theme's search names every model and fails on a bad page number."""
        raise Http404("Each list has its own search.")


site = PromptSite(name="admin")
