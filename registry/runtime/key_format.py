"""How an API key looks: `pcms_<scopes>_<8-character id>_<43 characters><6 of checksum>`.

The 43 characters are 256 random bits in base 62. The checksum (CRC-32 of what stands before
it) lets a scanner, or this server, tell a mistyped or made-up key without a database.
A regular expression for secret scanners: `pcms_[a-z]+_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}`.
"""

import hashlib
import re
import secrets
import zlib
from collections.abc import Iterable

SCOPES = ("read", "ingest", "ci", "stop")
PATTERN = re.compile(r"pcms_[a-z]+_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}")

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_LENGTH, _SUM_LENGTH, _ID_LENGTH = 43, 6, 8


def new_key(scopes: Iterable[str]) -> str:
    """Return a new key whose prefix names `scopes`."""
    public_id = "".join(secrets.choice(_DIGITS) for _ in range(_ID_LENGTH))
    secret = _base62(secrets.randbits(256), _SECRET_LENGTH)
    words = "".join(scope for scope in SCOPES if scope in set(scopes))
    unsigned = f"pcms_{words}_{public_id}_{secret}"
    return unsigned + _checksum(unsigned)


def well_formed(key: str) -> bool:
    """Does `key` look like one of ours, checksum included?"""
    return bool(PATTERN.fullmatch(key)) and _checksum(key[:-_SUM_LENGTH]) == key[-_SUM_LENGTH:]


def public_id_of(key: str) -> str:
    """Return the part of a well-formed key that may be shown and logged."""
    return key.split("_")[2]


def digest_of(key: str) -> str:
    """Return what is kept of a key: its SHA-256, in hexadecimal.

    A slow hash would add nothing to 256 random bits, and cost each fetch a quarter second.
    """
    return hashlib.sha256(key.encode()).hexdigest()


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), _SUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _DIGITS[rest] + digits
    return digits.rjust(length, "0")
