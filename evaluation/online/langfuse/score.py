"""One score as an SDK sends it: `{id, traceId, observationId, name, value, dataType, …}`."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from evaluation.online.intake.observation import Rejection, Score
from evaluation.online.langfuse.values import call_id, moment_in, number_in, object_in, text_in
from evaluation.online.otlp.observe import version_of

SOURCE = "langfuse"
COUNTED = ("", "NUMERIC", "BOOLEAN")
NOT_COUNTED = "not_counted"  # acknowledged: nothing is wrong with it
_ID = "promptcms-no-id-"


def read_score(body: Any, at: datetime) -> Score | Rejection:
    """Return the score in `body`, or why it is none; `at` is its moment if it says none.

    It is about its observation, else about its trace. With `prompt_name` and `prompt_version`
    in its metadata it needs neither.
    """
    if not isinstance(body, dict):
        return Rejection(0, "", "A score is an object with name, value and traceId.")
    kind, value = text_in(body, "dataType").upper(), body.get("value")
    if kind not in COUNTED or (isinstance(value, str) and not kind):
        text = f"{text_in(body, 'name')[:60]!r} is {kind or 'a word'}: only scores that are numbers"
        return Rejection(0, "dataType", f"{text} from 0 to 1 are counted here.", NOT_COUNTED)
    number = float(value) if isinstance(value, bool) else number_in(body, "value")
    if number is None:
        return Rejection(0, "value", "The value of a score is a number from 0 to 1.")
    trace, observation = text_in(body, "traceId"), text_in(body, "observationId")
    metadata = object_in(body, "metadata")
    prompt, version = text_in(metadata, "prompt_name"), version_of(metadata.get("prompt_version"))
    whole = bool(prompt) and version != ""
    return Score(
        source=SOURCE,
        id=text_in(body, "id") or f"{_ID}{uuid4()}",
        name=text_in(body, "name"),
        value=number,
        at=moment_in(body, "timestamp") or at,
        call=call_id(trace, observation) if observation else "",
        trace=trace,
        prompt=prompt if whole else "",
        version=version if whole else "",
    )


def id_of(body: Any) -> str:
    """Return the id under which the answer speaks of a score: its own, or a new one."""
    own = text_in(body, "id") if isinstance(body, dict) else ""
    return own or str(uuid4())
