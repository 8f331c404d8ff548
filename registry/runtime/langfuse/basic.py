"""The pair of keys that Langfuse's SDKs send: `Authorization: Basic base64(public:secret)`."""

from base64 import b64decode

from registry.runtime.answers import Problem
from registry.runtime.key_format import public_id_of, well_formed
from registry.runtime.keys import authenticate
from registry.runtime.models import ApiKey

REALM = ("WWW-Authenticate", 'Basic realm="promptcms"')
_MOST = 1000


def key_of(authorization: str) -> ApiKey:
    """Return the live key that the header holds. Raises Problem: one 401 whatever is wrong."""
    key = authenticate(_secret_of(authorization))
    if key is None:
        raise unauthorized()
    return key


def unauthorized() -> Problem:
    """The one answer to a missing, unknown, malformed, revoked or expired pair of keys."""
    return Problem(
        401,
        "unauthorized",
        "Send a valid pair of keys by Basic authentication: the public key pk-pcms-… as the user, "
        "the whole key pcms_… as the password. Both are shown when a key is made, on the "
        "project's page API keys.",
        headers=(REALM,),
    )


def _secret_of(authorization: str) -> str:
    """Return the key in the header, or "" unless the public key belongs to it."""
    scheme, _, encoded = authorization.strip().partition(" ")
    if scheme.lower() != "basic" or len(encoded) > _MOST:
        return ""
    try:
        pair = b64decode(encoded.strip(), validate=True).decode()
    except ValueError:
        return ""
    public, _, secret = pair.partition(":")
    fits = well_formed(secret) and public == f"pk-pcms-{public_id_of(secret)}"
    return secret if fits else ""
