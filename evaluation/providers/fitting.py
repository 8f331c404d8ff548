"""What the models behind one address turned out not to take, learned from their refusals.

A judge asks for a forced form, a temperature of 0 and a bound of tokens. Many models lack one
of these and say so with a 400: then it is asked in the next best way, and this is remembered.
Only for requests that say `may_adapt`: what a prompt asks for is never left out in silence.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evaluation.providers.base import ModelRequest, Refused

Params = dict[str, Any]
FORM = "response_format"
REFUSALS = (400, 422)


@dataclass(frozen=True)
class Fitted:
    """The parameters to send. `free_text`: a form was wanted and cannot be forced."""

    params: Params
    free_text: bool = False


class Fitting:
    """The memory of one endpoint in this process. Safe to share between threads."""

    def __init__(self) -> None:
        self._learned: dict[str, tuple[Callable[[Params], None], ...]] = {}
        self._lock = threading.Lock()

    def fit(self, request: ModelRequest) -> Fitted:
        """Return the parameters as the model takes them, as far as that is known."""
        params = dict(request.params)
        if not request.may_adapt:
            return Fitted(params)
        for change in self._learned.get(request.model, ()):
            change(params)
        return Fitted(params, free_text=FORM in request.params and FORM not in params)

    def learn(self, request: ModelRequest, sent: Fitted, refusal: Refused) -> bool:
        """Take in why `sent` was refused; return whether it makes sense to ask again at once."""
        if not request.may_adapt or refusal.status not in REFUSALS:
            return False
        with self._lock:
            if self.fit(request).params != sent.params:
                return True  # another thread learned it meanwhile
            change = _cure(sent.params, refusal.about)
            if change is None:
                return False
            self._learned[request.model] = (*self._learned.get(request.model, ()), change)
        return True


def _cure(sent: Mapping[str, Any], about: str) -> Callable[[Params], None] | None:
    """Return what to change after a refusal that says `about`; None when nothing would help."""
    form = sent.get(FORM)
    if form and any(word in about for word in (FORM, "json_schema", "json_object")):
        return _ask_for_any_object if form.get("type") == "json_schema" else _ask_in_words
    if "max_tokens" in sent and "max_completion_tokens" in about:
        return _bound_by_the_newer_name
    if "temperature" in sent and "temperature" in about:
        return _leave_the_temperature
    return None


def _ask_for_any_object(params: Params) -> None:
    if FORM in params:
        params[FORM] = {"type": "json_object"}


def _ask_in_words(params: Params) -> None:
    params.pop(FORM, None)


def _bound_by_the_newer_name(params: Params) -> None:
    if "max_tokens" in params:
        params["max_completion_tokens"] = params.pop("max_tokens")


def _leave_the_temperature(params: Params) -> None:
    params.pop("temperature", None)
