"""Read an answered page as a person does: its words, without the markup."""

import html
import re
from typing import Any


def words(response: Any) -> str:
    """Return the text of a page, white space folded."""
    text = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.S)
    return " ".join(html.unescape(text).split())


def hidden(response: Any, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', response.content.decode())
    assert found, f"the page has no field {name}"
    return html.unescape(found[1])


def buttons(response: Any) -> list[str]:
    """Return the words on the buttons and button-like links, in their order."""
    pattern = r'<(?:a|button)[^>]*class="button[^>]*>(.*?)</(?:a|button)>'
    found = re.findall(pattern, response.content.decode(), re.S)
    return [" ".join(html.unescape(text).split()) for text in found]
