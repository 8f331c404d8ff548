"""What the simulated model reads of a request: its orders, the customer, the facts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.providers.base import ModelRequest
from evaluation.providers.simulated.instructions import Wishes, read_wishes

LONG_ENOUGH_TO_CUT = 12  # a short value such as “de” may be part of the prompt's own words
LONGEST_TITLE = 40
_QUERY_NAMES = ("query", "question", "message", "text", "email", "ticket", "review", "request")
_CONTEXT_NAMES = ("context", "policy", "policies", "documents", "articles", "facts", "knowledge")
_NUMBER = re.compile(r"#?\b(?:[A-Z]{1,4}-?)?\d{4,}\b")
_COMPLAINT = re.compile(
    r"\b(?:broken|damaged|late|wrong|missing|complain\w*|unacceptable|angry|terrible|refund|"
    r"money back|faulty|defective|twice|never arrived|cancel\w*|kaputt|defekt|beschädigt)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reading:
    """A request as the simulated model understands it."""

    wishes: Wishes
    seed: str
    query: str
    facts: tuple[str, ...]
    source: str
    reference: str
    name: str
    order_number: str

    @property
    def is_complaint(self) -> bool:
        """Whether the customer has a reason to be unhappy."""
        return bool(_COMPLAINT.search(self.query))


def read(request: ModelRequest) -> Reading:
    """Read orders from the prompt's own words only: what a customer wrote orders nothing."""
    case = request.case or {}
    inputs = {key: str(value) for key, value in (case.get("inputs") or {}).items()}
    context = _context(case, inputs)
    query = str(case.get("query") or "") or _input(inputs, _QUERY_NAMES) or _asked(request)
    prompt = "\n".join(m["content"] for m in request.messages if m["role"] != "assistant")
    for value in sorted({query, *context, *inputs.values()}, key=len, reverse=True):
        if len(value) >= LONG_ENOUGH_TO_CUT:
            prompt = prompt.replace(value, " ")
    return Reading(
        wishes=read_wishes(prompt, query),
        seed=str(case.get("id") or query),
        query=query,
        facts=tuple(fact for item in context for fact in sentences(_titled(item)[1])),
        source=_titled(context[0])[0] if context else "",
        reference=str(case.get("reference") or ""),
        name=_name(inputs),
        order_number=_order_number(inputs, query),
    )


def sentences(text: str) -> list[str]:
    """Return the sentences of `text`, each with its full stop."""
    return [part.strip() for part in re.split(r"(?<=[.!?])\s+|\n+", text) if part.strip()]


def _context(case: Mapping[str, Any], inputs: Mapping[str, str]) -> list[str]:
    context: str | Sequence[Any] = case.get("context") or _input(inputs, _CONTEXT_NAMES)
    items = [context] if isinstance(context, str) else context
    return [str(item) for item in items if item]


def _asked(request: ModelRequest) -> str:
    """Return the last message of the user, where others stand before it."""
    asked = [m["content"] for m in request.messages if m["role"] == "user"]
    return asked[-1] if asked and len(request.messages) > 1 else ""


def _input(inputs: Mapping[str, str], parts: Sequence[str]) -> str:
    """Return the first input whose name holds one of `parts`."""
    return next((v for part in parts for name, v in inputs.items() if part in name.lower()), "")


def _name(inputs: Mapping[str, str]) -> str:
    wanted = ("customer_name", "first_name", "user_name", "username", "customer", "name")
    return next((inputs[name] for name in wanted if name in inputs), "")


def _order_number(inputs: Mapping[str, str], query: str) -> str:
    kinds = ("order", "ticket", "booking", "reference", "invoice")
    for kind in kinds:
        if value := _input(inputs, [f"{kind}_number", f"{kind}_id", f"{kind}_no"]):
            return value
    found = _NUMBER.search(query)
    return found[0] if found else ""


def _titled(item: str) -> tuple[str, str]:
    """Return the title and the text of a passage such as “Returns: Goods can be …”."""
    title, colon, text = item.partition(": ")
    if colon and len(title) <= LONGEST_TITLE and "." not in title:
        return title.strip(), text
    return "help centre", item
