"""Who calls the API: a key in the header, and nothing unless a view states its scope."""

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from registry.runtime import last_used
from registry.runtime.answers import AUTHENTICATE, key_in_address, scope_missing, unauthorized
from registry.runtime.core import secret_of
from registry.runtime.keys import authenticate
from registry.runtime.models import ApiKey


class KeyRequest(Request):
    """A request that came with a live key."""

    auth: ApiKey


class ApiKeyAuthentication(BaseAuthentication):
    """Reads `Authorization: Bearer pcms_…`; every fault gets the same 401."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiKey]:
        """Return nobody and the key: a key stands for an application, not for a person."""
        if any("pcms_" in value for value in request.query_params.values()):
            raise key_in_address()
        key = authenticate(secret_of(request.headers.get("Authorization", "")))
        if key is None:
            raise unauthorized()
        last_used.note(key.pk)
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        """Return what 401 answers carry as WWW-Authenticate."""
        return AUTHENTICATE[1]


class DenyUnlessStated(BasePermission):
    """Lets a key through to a view that names its `scope`, if the key has it."""

    def has_permission(self, request: Request, view: object) -> bool:
        """Refuse a view without a scope, and name the scope that a key lacks."""
        scope = getattr(view, "scope", None)
        if scope is None or not isinstance(request.auth, ApiKey):
            return False
        if scope not in request.auth.scopes:
            raise scope_missing(scope)
        return True
