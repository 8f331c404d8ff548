"""Compressed bodies, inflated only as far as a body may be long."""

import zlib

from evaluation.online.otlp.spans import LARGEST, TooLargeError, UndecodableError

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS  # tells the two apart by their first bytes
_KNOWN = ("gzip", "deflate")


def inflate(body: bytes, encoding: str, largest: int = LARGEST) -> bytes:
    """Return the body that `body` is the compressed form of; `encoding` as in Content-Encoding.

    Raises UndecodableError for a broken one, TooLargeError for one that would be longer than
    `largest` bytes: it is not inflated further than that.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return _within(body, largest)
    if encoding not in _KNOWN:
        raise UndecodableError(
            f"The encoding {encoding[:40]!r} is not read here. Compress with gzip or deflate, or "
            "not at all."
        )
    decoder = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        whole = _within(decoder.decompress(body, largest + 1), largest)
    except zlib.error:
        raise UndecodableError(f"The body is not {encoding}, as its header says.") from None
    if not decoder.eof:
        raise UndecodableError(f"The {encoding} body ends too early. Send it again.")
    if decoder.unused_data:
        raise UndecodableError(f"Something follows on the {encoding} body. Compress it as one.")
    return whole


def _within(body: bytes, largest: int) -> bytes:
    if len(body) > largest:
        raise TooLargeError(
            f"The body is larger than {largest // 2**20} MiB. Send fewer spans at once."
        )
    return body
