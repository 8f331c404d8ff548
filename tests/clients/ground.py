"""The ground of a server for clients, in a process of its own: lays it, then runs pieces of Python.

Started by `tests.clients.server`. Every line on standard input is `{"code": "…"}`; the answer is
one line, `{"result": …}` with what the piece left in `result`, or `{"error": "traceback"}`.
"""

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import django

KEYS = Path(os.environ["PROMPTCMS_VAR"]) / "keys.json"


def main() -> None:
    """Lay the ground where there is none, tell its keys, then answer until the input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever prints must not stand between the answers
    django.setup()
    if not KEYS.exists():
        KEYS.write_text(json.dumps(lay()))
    _say(answers, {"result": json.loads(KEYS.read_text())})
    names = known()
    for line in sys.stdin:
        _say(answers, _run(json.loads(line)["code"], names))


def lay() -> dict[str, str]:
    """Fill an empty database; return its two keys."""
    from django.core.management import call_command

    from tests import migrated, stages

    migrated.lay_file(KEYS.with_name(migrated.DATABASE))
    call_command("migrate", verbosity=0)
    world = stages.world(sandbox=True)
    for name in ("support/system", "support/other", "support/rolling"):
        rolling = stages.prompt_named(world, name)
        stages.in_production(world, rolling)
    stages.in_canary(world, rolling, stages.MAJOR_TEXT)
    stages.in_production(world, stages.prompt_named(world, "support/chat", "chat"), _chat())
    other = stages.world("bakery", sandbox=True)
    stages.in_production(other, stages.prompt_named(other, "bread/system"))
    return {
        "key": stages.key(world, "read", "ingest", "ci").secret,
        "other_key": stages.key(other).secret,
    }


def known() -> dict[str, Any]:
    """Return the names that pieces of code may use."""
    from registry.projects.models import Person, Project
    from registry.prompts.models import Prompt
    from tests import stages

    def world(slug: str) -> stages.World:
        people = {person.username: person for person in Person.objects.all()}
        return stages.World(project=Project.objects.get(slug=slug), people=people)

    def prompt(name: str) -> Prompt:
        return Prompt.objects.select_related("project").get(name=name)

    return {
        "stages": stages,
        "world": world("shop"),
        "other": world("bakery"),
        "prompt": prompt,
    }


def _chat() -> Any:
    """Return a chat with a placeholder and a variable that has a default."""
    from registry.domain.content import Content

    tone = {"name": "tone", "type": "string", "required": False, "default": "friendly"}
    return Content.from_fields(
        "chat",
        [
            {"role": "system", "content": "You help customers of {{company}}. Tone: {{tone}}."},
            {"type": "placeholder", "name": "history"},
            {"role": "user", "content": "{{question}}"},
        ],
        variables=[{**tone, "description": "", "example": ""}],
    )


def _run(code: str, names: dict[str, Any]) -> dict[str, Any]:
    names["result"] = None
    try:
        exec(code, names)
    except Exception:
        return {"error": traceback.format_exc()}
    return {"result": names["result"]}


def _say(answers: Any, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
