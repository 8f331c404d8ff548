"""`POST /api/v1/prompts/{name}/rollback`: what an alarm may do."""

from typing import Any, cast

from rest_framework.response import Response

from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.prompts.models import Prompt, Version
from registry.prompts.queries import find_version
from registry.runtime.answers import Problem, no_prompt
from registry.runtime.api.schema import NAME, WRITING, documented
from registry.runtime.api.serializers import RollBack, RolledBack
from registry.runtime.authentication import KeyRequest
from registry.runtime.key_view import KeyView
from registry.runtime.read_back import read_back
from registry.runtime.stop import stop
from registry.runtime.store import prompt_named

REASON_LENGTH = 1000


class RollbackView(KeyView):
    """`POST /api/v1/prompts/{name}/rollback`: stop the rollout, or return production."""

    scope = "stop"
    http_method_names = ("post",)

    @documented(
        "rollBack",
        RolledBack,
        "End the rollout under way, or return production to what it served before. "
        "Needs the scope stop; the fetch of every process follows within half a second.",
        NAME,
        request=RollBack,
        refusals=WRITING,
        cached=False,
    )
    def post(self, request: KeyRequest, name: str) -> Response:
        """Roll back; the body is `{"reason", "version"?: what is bad, "to"?: where to}`."""
        fields = _texts(cast(Any, request.data), required="reason", optional=("version", "to"))
        prompt = prompt_named(request.auth.project_id, name)
        if prompt is None:
            raise no_prompt(name)
        serving = stop(
            prompt,
            key=request.auth,
            reason=fields["reason"],
            now=database_now(),
            bad=_version(prompt, fields, "version"),
            to=_version(prompt, fields, "to"),
        )
        back = read_back(prompt, actor=Actor.system("stop-key"), now=database_now())
        return Response(
            {
                "name": prompt.name,
                "production": serving and serving.semver,
                "read_back": back.words,
            }
        )


def _version(prompt: Prompt, fields: dict[str, str], field: str) -> Version | None:
    """Return the version that a field names, None if it is empty. Raises Problem."""
    if not fields[field]:
        return None
    version = find_version(prompt, fields[field])
    if version is None:
        text = f"{prompt} has no version {fields[field][:40]!r}. Write it like 2.3.1."
        raise Problem(404, "version_not_found", text, field)
    return version


def _texts(body: dict[str, Any], *, required: str, optional: tuple[str, ...]) -> dict[str, str]:
    """Return the fields of a body as trimmed text; those not sent are empty. Raises Problem."""
    for key, value in body.items():
        if key not in (required, *optional):
            known = ", ".join((required, *optional))
            raise Problem(400, "bad_request", f"Unknown field. Known: {known}.", key[:40])
        if not isinstance(value, str) or len(value) > REASON_LENGTH:
            text = f"Send text of at most {REASON_LENGTH} characters."
            raise Problem(400, "bad_request", text, key)
    fields = {key: str(body.get(key, "")).strip() for key in (required, *optional)}
    if not fields[required]:
        raise Problem(400, "bad_request", "Say in one sentence why.", required)
    return fields
