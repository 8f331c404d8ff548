"""HTTP: pooled connections to one server, short timeouts, no redirects, bounded answers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import NamedTuple, Protocol

import urllib3

LONGEST_ANSWER = 8 * 1024 * 1024
POOLED = 8
_CHUNK = 64 * 1024


class Response(NamedTuple):
    """An answer; the names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NoAnswerError(Exception):
    """The server gave no whole answer. The text says why and never holds a header."""


class Transport(Protocol):
    """How a client reaches its server. Tests put their own in its place."""

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        body: bytes | None = None,
        timeout: float,
        longest: int = LONGEST_ANSWER,
    ) -> Response:
        """Ask once. `path` begins with a slash and is encoded. Raises NoAnswerError."""
        ...

    def renew(self) -> None:
        """Use no connection made before this: the process was forked."""
        ...

    def close(self) -> None:
        """Close the connections that nobody uses."""
        ...


class HttpTransport:
    """The transport over urllib3. HTTPS is verified against the platform's certificates."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._base = urllib3.util.parse_url(url).path or ""
        self._pool = self._new_pool()

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        body: bytes | None = None,
        timeout: float,
        longest: int = LONGEST_ANSWER,
    ) -> Response:
        """Ask once; `timeout` seconds for the whole answer."""
        ends = time.monotonic() + timeout
        try:
            answer = self._pool.urlopen(
                method,
                self._base.rstrip("/") + path,
                body=body,
                headers=headers,
                retries=False,
                redirect=False,
                timeout=urllib3.Timeout(total=timeout),
                preload_content=False,
            )
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as fault:
            raise NoAnswerError(_why(fault)) from None
        try:
            content = _read(answer, ends, longest)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as fault:
            answer.close()  # the rest of it is on the connection: no other may use it
            raise NoAnswerError(_why(fault)) from None
        except BaseException:
            answer.close()
            raise
        answer.release_conn()
        names = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status, names, content)

    def renew(self) -> None:
        """Leave the connections to the process that made them."""
        self._pool = self._new_pool()

    def close(self) -> None:
        """Close the connections that nobody uses."""
        self._pool.close()

    def _new_pool(self) -> urllib3.HTTPConnectionPool:
        return urllib3.connection_from_url(self._url, maxsize=POOLED)


def _read(answer: urllib3.BaseHTTPResponse, ends: float, longest: int) -> bytes:
    """Return the whole body. Raises NoAnswerError when it is too long or takes too long."""
    read = getattr(answer, "read1", answer.read)  # what has come already, where urllib3 has it
    pieces: list[bytes] = []
    size = 0
    while piece := read(_CHUNK):
        pieces.append(piece)
        size += len(piece)
        if size > longest:
            answer.close()
            raise NoAnswerError(f"its answer is longer than {longest // 1024**2} MiB")
        if time.monotonic() > ends:
            answer.close()
            raise NoAnswerError("its answer takes too long")
    return b"".join(pieces)


def _why(fault: BaseException) -> str:
    """Say in a few words what happened, without anything that was sent."""
    reason = getattr(fault, "reason", None) or fault
    if isinstance(reason, urllib3.exceptions.NewConnectionError):
        return "the connection was refused or the name is not known"
    if isinstance(reason, urllib3.exceptions.SSLError):
        return "its certificate could not be verified, or the encryption failed"
    if isinstance(reason, (urllib3.exceptions.TimeoutError, TimeoutError)):
        return "it did not answer in time"
    return f"the connection broke ({type(reason).__name__})"
