"""What an application gets that uses Langfuse's Python SDK; a program of its own.

Its lines are `{"please": "move"}` or `{"please": "stop"}`, each answered by a line when that was
done to the server, and at last one with all that it got. LANGFUSE_* in the environment name
server and keys; the first argument is the prompt that changes meanwhile, "" for none.
"""

import json
import logging
import sys
import time
from collections.abc import Callable
from typing import Any

from langfuse import Langfuse

TTL = 1  # seconds
CHAT = {"company": "Lumen", "question": "Where is it?", "tone": "calm"}
HISTORY = [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": "Hi!"}]


def main() -> None:
    """Say what was got."""
    logging.disable(logging.CRITICAL)
    langfuse, changing = Langfuse(), sys.argv[1]
    got = everything(langfuse, changing) if changing else with_a_wrong_key(langfuse)
    print(json.dumps(got), flush=True)


def everything(langfuse: Langfuse, changing: str) -> dict[str, Any]:
    """Return what each way of asking gave."""
    got = {
        "default": text(langfuse.get_prompt("support/rolling")),
        "label": text(langfuse.get_prompt("support/rolling", label="canary")),
        "revision": text(langfuse.get_prompt("support/rolling", version=2)),
        "semver label": text(langfuse.get_prompt("support/rolling", label="v1.0.0")),
        "latest": text(langfuse.get_prompt("support/rolling", label="latest")),
        "idle canary": text(langfuse.get_prompt("support/system", label="canary")),
        "chat": chat(langfuse),
        "unknown prompt": failure(lambda: langfuse.get_prompt("support/unknown")),
        "unknown version": failure(lambda: langfuse.get_prompt("support/system", version=9)),
        "unknown label": failure(lambda: langfuse.get_prompt("support/system", label="eu")),
        "list": [
            [row.name, row.versions] for row in langfuse.api.prompts.list(label="production").data
        ],
        "auth": langfuse.auth_check(),
        "write": failure(lambda: langfuse.create_prompt(name="support/system", prompt="Ha!")),
        "relabel": failure(
            lambda: langfuse.update_prompt(name="system", version=1, new_labels=["production"])
        ),
    }
    return {**got, **over_time(langfuse, changing)}


def over_time(langfuse: Langfuse, changing: str) -> dict[str, Any]:
    """Return what stays in the cache when the label moves and when the server is down."""

    def fetch() -> int:
        return int(langfuse.get_prompt(changing, cache_ttl_seconds=TTL).version)

    before = fetch()
    please("move")
    cached = fetch()
    time.sleep(TTL + 0.2)
    stale, moved = fetch(), until(2, fetch)
    please("stop")
    time.sleep(TTL + 0.2)
    fallback = langfuse.get_prompt(
        "support/other", fallback="At hand, {{company}}.", max_retries=0, fetch_timeout_seconds=1
    )
    return {
        "cache": [before, cached, stale, moved],
        "down": [fetch(), fetch()],
        "down, fallback": [
            fallback.compile(company="Lumen"), fallback.is_fallback, fallback.version
        ],
        "down, none": failure(
            lambda: langfuse.get_prompt("support/other", max_retries=0, fetch_timeout_seconds=1)
        )
        != "",
    }  # fmt: skip


def with_a_wrong_key(langfuse: Langfuse) -> dict[str, Any]:
    """Return what a pair of keys gets that is not known."""
    return {
        "prompt": failure(lambda: langfuse.get_prompt("support/system")),
        "auth": failure(langfuse.auth_check),
    }


def text(prompt: Any) -> list[Any]:
    """Return what an application reads of a text prompt."""
    assert prompt.prompt.startswith("You are the support agent of {{company}}.")
    compiled = prompt.compile(company="Lumen", plan="gold")
    return [prompt.name, prompt.version, sorted(prompt.labels), prompt.config, compiled]


def chat(langfuse: Langfuse) -> list[Any]:
    """Return a chat with its placeholder filled: roles and texts."""
    messages = langfuse.get_prompt("support/chat", type="chat").compile(**CHAT, history=HISTORY)
    return [[message["role"], message["content"]] for message in messages]


def failure(attempt: Callable[[], object]) -> str:
    """Return the name of the error that `attempt` raises."""
    try:
        attempt()
    except Exception as error:
        return type(error).__name__
    return ""


def until(version: int, fetch: Callable[[], int]) -> int:
    """Fetch until that version comes, for five seconds."""
    for _attempt in range(50):
        if fetch() == version:
            break
        time.sleep(0.1)
    return fetch()


def please(what: str) -> None:
    """Ask for something to be done to the server, and wait until it is."""
    print(json.dumps({"please": what}), flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    main()
