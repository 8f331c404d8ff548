"""Which models are of one make: a judge prefers the words of its own family."""

import re

_SAME_MAKE = {"chatgpt": "gpt", "o": "gpt", "text": "gpt", "mixtral": "mistral", "gemma": "gemini"}


def family_of(model: str) -> str:
    """Return the make of a model by its name, such as gpt or claude; "" for no name.

    What stands before a slash is a provider's prefix: `openai/gpt-4o` is a gpt.
    """
    name = model.lower().rpartition("/")[2]
    found = re.match(r"[a-z]+", name)
    make = found[0] if found else name
    return _SAME_MAKE.get(make, make)


def same_family(one: str, other: str) -> bool:
    """Whether two models are of one make, as far as their names tell."""
    return bool(one and other) and family_of(one) == family_of(other)
