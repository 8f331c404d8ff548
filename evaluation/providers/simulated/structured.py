"""Structured answers of the simulated model: one label, or a JSON object."""

import json
import re
from collections.abc import Mapping
from typing import Any

from evaluation.providers.simulated.compose import answer, facts_for
from evaluation.providers.simulated.phrases import language_of
from evaluation.providers.simulated.reading import Reading

MAX_LEVELS = 8
TOPICS = {
    "refund": ("refund", "money back", "return", "erstatt"),
    "return": ("return", "send back", "exchange", "refund"),
    "billing": ("invoice", "charge", "bill", "payment", "card", "paid", "rechnung", "price"),
    "payment": ("charge", "payment", "card", "paid", "invoice"),
    "delivery": (
        "deliver",
        "parcel",
        "package",
        "not arrived",
        "never arrived",
        "track",
        "ship",
        "paket",
    ),
    "shipping": ("ship", "parcel", "package", "not arrived", "never arrived", "track", "deliver"),
    "account": ("account", "password", "log in", "login", "sign in", "email address", "konto"),
    "technical": ("error", "crash", "bug", "app", "website", "not work", "broken"),
    "product": ("product", "size", "colour", "color", "stock", "warranty", "damaged", "broken"),
    "cancel": ("cancel", "stop my", "kündig"),
    "complaint": ("complain", "unacceptable", "terrible", "angry", "rude"),
    "negative": ("bad", "broken", "late", "terrible", "angry", "wrong", "never", "damaged"),
    "positive": ("great", "thank", "love", "perfect", "happy"),
    "high": ("urgent", "immediately", "asap", "today", "angry", "broken", "never arrived"),
    "urgent": ("urgent", "immediately", "asap", "today"),
}
_LAST_RESORTS = ("other", "neutral", "general", "normal", "medium", "low", "none", "unknown")


def pick(labels: list[str], reading: Reading) -> str:
    """Return the label whose topic the message speaks of most, else a neutral one."""
    if reading.reference in labels:
        return reading.reference
    text = reading.query.lower()
    scores = {label: _score(label.lower(), text) for label in labels}
    best = max(labels, key=lambda label: scores[label])
    if scores[best]:
        return best
    return next((label for label in labels if label.lower() in _LAST_RESORTS), labels[-1])


def as_json(reading: Reading, schema: Mapping[str, Any] | None) -> str:
    """Return a JSON object with the fields that the schema or the prompt names."""
    if schema:
        return json.dumps(_by_schema("", schema, reading, MAX_LEVELS), ensure_ascii=False)
    names = reading.wishes.fields or ["answer"]
    return json.dumps({name: _by_name(name, reading) for name in names}, ensure_ascii=False)


def _score(label: str, text: str) -> int:
    words = {label, *(word for topic in TOPICS if topic in label for word in TOPICS[topic])}
    return sum(bool(re.search(rf"\b{re.escape(word)}", text)) for word in words if len(word) > 2)


def _by_name(name: str, reading: Reading) -> Any:
    """Return what a field of that name would hold."""
    low = name.lower()
    labels = reading.wishes.labels
    if any(part in low for part in ("categor", "topic", "intent", "label", "class", "type")):
        return pick(labels or [*list(TOPICS)[:8], "other"], reading)
    if "sentiment" in low:
        return pick(["negative", "positive", "neutral"], reading)
    if any(part in low for part in ("priority", "urgency")):
        return pick(["high", "normal"], reading)
    if any(part in low for part in ("order", "ticket", "number", "reference")):
        return reading.order_number or None
    if "language" in low:
        return reading.wishes.language or language_of(reading.query)
    if "name" in low or low == "customer":
        return reading.name or None
    if any(part in low for part in ("escalat", "needs_", "is_", "human", "complaint")):
        return reading.is_complaint
    if "confidence" in low or "score" in low:
        return 0.9 if facts_for(reading) else 0.4
    if "source" in low:
        return reading.source
    return answer(reading)


def _by_schema(name: str, schema: Any, reading: Reading, levels: int) -> Any:
    """Return a value of the kind that a JSON Schema asks for at this place."""
    if not isinstance(schema, dict) or levels == 0:
        return None
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        options = [str(option) for option in schema["enum"]]
        return schema["enum"][options.index(pick(options, reading))]
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        inner = schema.get("properties", {})
        return {key: _by_schema(key, part, reading, levels - 1) for key, part in inner.items()}
    if kind == "array":
        return [_by_schema(name, schema.get("items", {}), reading, levels - 1)]
    if kind in ("integer", "number"):
        value = _by_name(name, reading)
        number = value if isinstance(value, float) else 1
        number = max(number, schema.get("minimum", number))
        number = min(number, schema.get("maximum", number))
        return round(number) if kind == "integer" else number
    if kind == "boolean":
        return reading.is_complaint
    return None if kind == "null" else str(_by_name(name, reading) or "")
