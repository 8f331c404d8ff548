"""Have prompts evaluated by a promptcms server: submit, wait, read the cases."""

import json
import os
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from evaluation.ci.exits import NoVerdict, UsageError
from evaluation.ci.options import Evaluate
from evaluation.ci.prompt_files import PromptFile
from registry.domain.content import digest

KEY = "PROMPTCMS_KEY"
POLL_SECONDS = 3.0
LONGEST_SECONDS = 3 * 3600
Said = dict[str, Any]
Tell = Callable[[str], None]


class Server:
    """One promptcms, asked with a key that has the scope ci."""

    def __init__(self, address: str, key: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"{address!r} is no address. Write https://prompts.example.com.")
        self._address = address.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}", "User-Agent": "promptcms-ci"}
        # A passing trouble of the network or of a server that restarts ends no evaluation. A
        # POST is tried again only when it never arrived.
        retries = urllib3.Retry(
            total=6,
            backoff_factor=0.5,
            status_forcelist=(502, 503, 504),
            allowed_methods=("GET",),
            redirect=False,
            raise_on_status=False,
        )
        self._pool = urllib3.PoolManager(
            retries=retries, timeout=urllib3.Timeout(connect=10, read=60)
        )

    def submit(self, file: PromptFile, asked: Evaluate, ref: str) -> Said:
        """Submit the text of `file` and return where its evaluation is."""
        served = file.content.served_fields()
        body = {key: value for key, value in served.items() if value is not None}
        body |= {
            "prompt": file.name,
            "ref": ref,
            "baseline": asked.baseline or "label:production",
            "fresh_baseline": asked.fresh_baseline,
        }
        if asked.max_repeat == 1:
            body["second_look"] = False
        if asked.repeat is not None:
            body["repeat"] = asked.repeat
        if asked.margin is not None:
            body["margin"] = asked.margin
        return self._ask("POST", "/api/v1/evaluations", body)

    def follow(self, pk: int, file: PromptFile) -> Said | None:
        """Return the evaluation `pk` of the text of `file`; None when it ended without a verdict.

        Then the text is submitted again: the server goes on with what was answered. Raises
        UsageError for an evaluation of something else.
        """
        said = self._ask("GET", f"/api/v1/evaluations/{pk}")
        if said["prompt"] != file.name or said["candidate"]["digest"] != digest(file.content):
            raise UsageError(f"Evaluation {pk} is not of {file.path} as it is now.")
        return None if said["outcome"] == "error" else said

    def wait(self, pk: int, tell: Tell, *, seconds: float) -> Said:
        """Return the evaluation once it has ended. Raises NoVerdict after `seconds`."""
        ends, told = time.monotonic() + seconds, ""
        while True:
            said = self._ask("GET", f"/api/v1/evaluations/{pk}")
            if said["finished"]:
                return said
            if (line := str(said.get("headline", said["state"]))) != told:
                tell(f"  {line}")
                told = line
            if time.monotonic() > ends:
                raise NoVerdict(
                    f"Evaluation {pk} was not done after {seconds:.0f} seconds. It goes on: wait "
                    f"for it with --resume {pk}."
                )
            time.sleep(POLL_SECONDS)

    def cases(self, pk: int) -> Iterator[Said]:
        """Yield what each case gave."""
        after: int | None = 0
        while after is not None:
            page = self._ask("GET", f"/api/v1/evaluations/{pk}/cases?after={after}")
            yield from page["cases"]
            after = page["next"]

    def link(self, said: Said) -> str:
        """Return the address of the report that people read."""
        return self._address + str(said["page"])

    def _ask(self, method: str, path: str, body: Said | None = None) -> Said:
        try:
            answer = self._pool.request(
                method, self._address + path, headers=self._headers, json=body
            )
        except HTTPError as error:
            raise NoVerdict(
                f"{self._address} cannot be reached ({type(error).__name__})."
            ) from None
        try:
            said = json.loads(answer.data)
        except ValueError:
            said = {}
        if not isinstance(said, dict) or (answer.status < 400 and not said):
            raise NoVerdict(f"{self._address} answered with something that is no promptcms.")
        if answer.status >= 400:
            raise _refusal(answer.status, said)
        return said


def evaluate_on_server(
    files: list[PromptFile], asked: Evaluate, *, key: str, ref: str, tell: Tell
) -> list[Said]:
    """Return the document of each evaluation, all of them submitted before the first is read.

    A text that the server has as its baseline already has none.
    """
    server = Server(asked.server, key)
    if asked.resume and len(files) != 1:
        raise UsageError("--resume goes on with one prompt: say which with --prompt.")
    begun = [(file, _begun(server, file, asked, ref)) for file in files]
    documents = []
    for file, said in begun:
        tell(f"{file.name}: {server.link(said)}")
        ended = server.wait(said["id"], tell, seconds=asked.max_seconds or LONGEST_SECONDS)
        if ended["baseline"] and ended["baseline"]["digest"] == ended["candidate"]["digest"]:
            tell(f"{file.name} says what {ended['baseline']['version']} says: nothing to evaluate.")
            continue
        documents.append(
            {**ended, "page": server.link(said), "cases": list(server.cases(said["id"]))}
        )
    return documents


def _begun(server: Server, file: PromptFile, asked: Evaluate, ref: str) -> Said:
    followed = server.follow(asked.resume, file) if asked.resume else None
    return followed or server.submit(file, asked, ref)


def key_from_environment() -> str:
    """Return the key, "" where there is none (a fork's pull request has no secrets)."""
    return os.environ.get(KEY, "").strip()


def _refusal(status: int, said: Said) -> Exception:
    message = str(said.get("message", f"The server answered with status {status}."))
    if status in (401, 403):
        return UsageError(f"{message} {KEY} must hold a key with the scope ci.")
    if status in (400, 404, 413):
        return UsageError(message + (f" (field {said['field']})" if said.get("field") else ""))
    return NoVerdict(message)
