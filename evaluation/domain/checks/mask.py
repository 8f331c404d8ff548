"""Texts without the keys, passwords and personal data that can be recognised in them."""

import re
from dataclasses import dataclass
from typing import Any

from evaluation.domain.checks.pii import pii_in
from registry.domain.secrets import secrets_in

MARK = re.compile(r"\[masked: ([a-zA-Z …-]{3,60})\]")  # as it stands in a masked text
_PRIVATE_KEY_ENDS = re.compile(r"-----END [A-Z0-9 ]{3,60}-----")
_MORE_OF_A_KEY = re.compile(r"[A-Za-z0-9_/+=-]*")


@dataclass(frozen=True)
class Masked:
    """A value in which `kinds` of private data were replaced by marks that name them."""

    value: Any
    kinds: frozenset[str] = frozenset()


def masked(value: Any) -> Masked:
    """Return `value` (a text, a number, or lists and mappings of them) with private data masked.

    Names and postal addresses have no shape, so they stay. A number that is masked becomes a text.
    """
    if isinstance(value, str):
        return _masked_text(value)
    if isinstance(value, dict):
        pairs = [(masked(str(name)), masked(part)) for name, part in value.items()]
        kinds = frozenset().union(*(part.kinds for pair in pairs for part in pair))
        return Masked({name.value: part.value for name, part in pairs}, kinds)
    if isinstance(value, (list, tuple)):
        parts = [masked(part) for part in value]
        return Masked(
            [part.value for part in parts], frozenset().union(*(part.kinds for part in parts))
        )
    if isinstance(value, int) and (found := _masked_text(str(value))).kinds:
        return found
    return Masked(value)


def _masked_text(text: str) -> Masked:
    """Replace what is found, the longest first where two begin at the same place."""
    spans = [
        (start, _end_of_secret(text, start, secret), kind)
        for start, kind, secret in secrets_in(text)
    ]
    spans += [(start, start + len(found), kind) for start, kind, found in pii_in(text)]
    pieces, kinds, end = [], set(), 0
    for start, stop, kind in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= end:
            pieces += [text[end:start], f"[masked: {kind}]"]
            kinds.add(kind)
        end = max(end, stop)
    if not kinds:
        return Masked(text)
    # Beside a mark there may stand what was the middle of a word before.
    again = _masked_text("".join([*pieces, text[end:]]))
    return Masked(again.value, again.kinds | kinds)


def _end_of_secret(text: str, start: int, secret: str) -> int:
    """Return where a secret ends: a private key with its last line, any other with its letters."""
    end = start + len(secret)
    if secret.startswith("-----BEGIN"):
        last = _PRIVATE_KEY_ENDS.search(text, end)
        return last.end() if last else len(text)
    more = _MORE_OF_A_KEY.match(text, end)
    return more.end() if more else end
