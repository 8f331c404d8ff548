"""Chat completions over HTTP, for OpenAI and whatever speaks its language.

One pool of kept-alive connections for each address. No redirects (they would carry the
key elsewhere), a bounded time and a bounded body. One attempt: `retry` says when again.
"""

import json
import time
from dataclasses import dataclass, field, replace

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, TimeoutError

from evaluation.providers.answers import read_answer, read_error
from evaluation.providers.base import ModelRequest, ModelResponse, Refused, Transient
from evaluation.providers.bounded import HttpPool, HttpsPool
from evaluation.providers.fitting import Fitting

MAX_BODY = 4 * 1024 * 1024
CHUNK = 64 * 1024
BESIDE = 10  # connections kept for those who ask beside the places, such as try-outs
SECRET_LENGTH = 12  # a shorter key is a word such as “ollama”, which answers may hold


@dataclass(frozen=True)
class Endpoint:
    """Where to ask. `base_url` ends before /chat/completions; times are in seconds."""

    base_url: str
    key: str = field(default="", repr=False)
    timeout: float = 60.0
    connect_timeout: float = 10.0
    at_once: int = 50


class OpenAICompatible:
    """A provider that asks one endpoint. Safe to share between threads."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._fitting = Fitting()
        address = urllib3.util.parse_url(endpoint.base_url)
        self._path = f"{address.path or ''}/chat/completions"
        self._pool = (HttpsPool if address.scheme == "https" else HttpPool)(
            str(address.host),
            address.port,
            maxsize=endpoint.at_once + BESIDE,
            retries=False,
            timeout=urllib3.Timeout(connect=endpoint.connect_timeout, read=endpoint.timeout),
            headers=_headers(endpoint.key),
        )

    def complete(self, request: ModelRequest) -> ModelResponse:
        """Return the answer of the model. Raises RateLimited, Transient or Refused.

        A request that may be adapted is asked again at once when its parameters are refused.
        """
        while True:
            fitted = self._fitting.fit(request)
            try:
                response = self._once(replace(request, params=fitted.params))
            except Refused as refusal:
                if not self._fitting.learn(request, fitted, refusal):
                    raise
            else:
                return replace(response, free_text=True) if fitted.free_text else response

    def _once(self, request: ModelRequest) -> ModelResponse:
        started = time.monotonic()
        try:
            status, headers, body = self._post(_payload(request), started)
        except NewConnectionError:
            raise Transient("The connection failed: nobody answers at its address.") from None
        except TimeoutError:
            raise Transient("The provider did not answer in time.") from None
        except (HTTPError, OSError) as error:
            # Only the kind of the error: its text may quote what was sent.
            raise Transient(f"The connection failed ({type(error).__name__}).") from None
        key = self._endpoint.key
        if len(key) >= SECRET_LENGTH:  # a gateway may send back what it got
            body = body.replace(key.encode(), b"[key]")
        if status != 200:
            raise read_error(status, headers, body, secret=key)
        elapsed = (time.monotonic() - started) * 1000
        return read_answer(body, model=request.model, latency_ms=elapsed)

    def _post(self, payload: bytes, started: float) -> tuple[int, urllib3.HTTPHeaderDict, bytes]:
        """Send and read within the time and size allowed; a broken-off body closes the line."""
        response = self._pool.urlopen(
            "POST", self._path, body=payload, redirect=False, preload_content=False
        )
        try:
            body = self._read(response, started + self._endpoint.timeout)
        except BaseException:
            response.close()
            raise
        finally:
            response.release_conn()
        return response.status, response.headers, body

    def _read(self, response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
        chunks, size = [], 0
        while chunk := response.read1(CHUNK):
            size += len(chunk)
            if size > MAX_BODY:
                raise Transient(f"The answer is larger than {MAX_BODY // 1024**2} MiB.")
            if time.monotonic() > deadline:
                raise Transient("The provider did not finish its answer in time.")
            chunks.append(chunk)
        return b"".join(chunks)


def _headers(key: str) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    return headers | ({"Authorization": f"Bearer {key}"} if key else {})


def _payload(request: ModelRequest) -> bytes:
    """Return the body; what the prompt's config asks for never replaces the question itself."""
    body = {
        **request.params,
        "model": request.model,
        "messages": [dict(message) for message in request.messages],
        "stream": False,
    }
    try:
        return json.dumps(body, allow_nan=False).encode()
    except (TypeError, ValueError):
        raise Refused("The prompt's config holds a value that JSON does not have.") from None
