"""What the prompts of the demo say, version after version."""

from typing import Any

from registry.domain.content import Content

CONFIG = {"model": "gpt-4.1-mini", "temperature": 0.2, "max_tokens": 400}
VARIABLES = [
    {"name": "customer_name", "description": "First name.", "example": "Maria"},
    {"name": "order_number", "description": "Five digits.", "example": "48213"},
    {"name": "context", "description": "What the help centre found.", "example": "Refunds take…"},
    {"name": "query", "description": "What the customer wrote.", "example": "Where is my parcel?"},
]
FACTS = "What we know about order {{order_number}} of {{customer_name}}:\n{{context}}"


def chat(*lines: str, examples: tuple[tuple[str, str], ...] = (), **fields: Any) -> Content:
    """Return a chat prompt: a system message of `lines`, then examples, then the customer."""
    body = [{"role": "system", "content": "\n".join([*lines, "", FACTS])}]
    for question, answer in examples:
        body += [
            {"role": "user", "content": question},
            {"role": "assistant", "content": answer},
        ]
    body.append({"role": "user", "content": "{{query}}"})
    return Content.from_fields("chat", body, CONFIG | fields, None, VARIABLES)


SYSTEM = (
    "You are the support agent of Lumen Outdoor, a shop for tents, boots and stoves.",
    "Answer only from the context below; never make up facts.",
    "Greet the customer by name and mention the order number.",
    "Use at most 60 words.",
)
SYSTEM_1_0 = chat(*SYSTEM)
SYSTEM_1_1 = chat(*SYSTEM, "Be warm, but never promise a refund that the context does not name.")
SYSTEM_1_2 = chat(
    *SYSTEM,
    "Be warm, but never promise a refund that the context does not name.",
    "If the parcel is lost, apologise first.",
)
REFUNDS = (
    "You answer questions about refunds and returns for Lumen Outdoor.",
    "Answer only from the context below.",
    "Mention the order number.",
    "Use at most 50 words.",
)
REFUNDS_1_0 = chat(*REFUNDS)
REFUNDS_2_0 = chat(
    *REFUNDS,
    "Say what happens next, step by step.",
    examples=(
        (
            "I want my money back.",
            "Order 10001 came back on Monday. 1. We check it. 2. We pay within 14 days.",
        ),
    ),
)
DELIVERY = (
    "You tell customers of Lumen Outdoor where their parcel is.",
    "Answer only from the context below.",
    "Mention the order number.",
    "Use at most 45 words.",
)
DELIVERY_1_0 = chat(*DELIVERY)
DELIVERY_1_1 = chat(DELIVERY[0], DELIVERY[1], "Keep it short: one sentence.", DELIVERY[3])

DUNNING_VARIABLES = [
    {"name": "customer_name", "example": "Maria"},
    {"name": "amount", "example": "48.90 euros"},
    {"name": "due_date", "example": "12 May"},
]


def dunning(*lines: str) -> Content:
    """Return the reminder of an open invoice."""
    return Content.from_fields("text", "\n".join(lines), CONFIG, None, DUNNING_VARIABLES)


_DUNNING = (
    "Write a short reminder to {{customer_name}} about an open invoice of {{amount}}.",
    "It was due on {{due_date}}. Be polite and name both.",
)
DUNNING_1_0 = dunning(*_DUNNING)
DUNNING_1_1 = dunning(*_DUNNING, "Say that we must hand the case over if nothing is paid.")


def tone(*lines: str) -> Content:
    """Return the house style for the FAQ."""
    return Content.from_fields(
        "text",
        "\n".join(lines),
        CONFIG,
        None,
        [{"name": "answer", "example": "Boots can be exchanged."}],
    )


_TONE = (
    "Rewrite the answer below for our FAQ page.",
    "Use plain words and the second person.",
)
TONE_1_0 = tone(*_TONE, "Keep every number as it is, recieve nothing new.", "", "{{answer}}")
TONE_1_0_1 = tone(*_TONE, "Keep every number as it is, receive nothing new.", "", "{{answer}}")
TONE_1_1 = tone(
    *_TONE,
    "Keep every number as it is, receive nothing new.",
    "Do not use exclamation marks.",
    "",
    "{{answer}}",
)
SEARCH_1_0 = Content.from_fields(
    "text",
    "Turn the customer's question into three short search queries, one per line.\n\n{{query}}",
    {"model": "gpt-4.1-mini", "temperature": 0},
    None,
    [{"name": "query", "example": "Is the Alder tent waterproof?"}],
)
