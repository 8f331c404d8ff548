"""Bodies sent in pieces (`Transfer-Encoding: chunked`) reach Django whole.

Django reads as many bytes as the header Content-Length says, so under WSGI it takes a chunked
body for an empty one, and what was sent is lost without a word. A server that puts the pieces
together itself says so (`wsgi.input_terminated`: granian, gunicorn, waitress); there the body is
read before Django is called, and its length is known. Elsewhere (`runserver`) it is refused.
"""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from registry.runtime.answers import Problem

LARGEST_BODY = 8 * 1024 * 1024  # of any address
IN_MEMORY = 1024 * 1024  # a larger one waits in a file
PIECE = 64 * 1024

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class WholeBodies:
    """A WSGI application that hands each request on with a body of known length."""

    def __init__(self, application: Application, largest: int = LARGEST_BODY) -> None:
        self._application, self._largest = application, largest

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        if "chunked" not in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            return self._application(environ, start_response)
        if not environ.get("wsgi.input_terminated"):
            return _refuse(start_response, _no_length())
        with SpooledTemporaryFile(IN_MEMORY) as body:
            length = _copy(environ["wsgi.input"], body, self._largest + 1)
            if length > self._largest:
                return _refuse(start_response, _too_large(self._largest))
            body.seek(0)
            known = {**environ, "wsgi.input": body, "CONTENT_LENGTH": str(length)}
            del known["HTTP_TRANSFER_ENCODING"]
            return self._application(known, start_response)


def _copy(source: IO[bytes], target: Any, most: int) -> int:
    """Copy at most `most` bytes; return how many there were."""
    length = 0
    while length < most:
        piece = source.read(min(PIECE, most - length))
        if not piece:
            break
        length += target.write(piece)
    return length


def _refuse(start_response: StartResponse, problem: Problem) -> Iterable[bytes]:
    """Answer without a length: a simple server closes the connection then.

    What was not read of the body would else be taken for the next request.
    """
    answer = problem.answer()
    start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", [*answer.headers])
    return iter([answer.body])


def _no_length() -> Problem:
    return Problem(
        411,
        "length_required",
        "This server does not put the pieces of a chunked body together. Send the header "
        "Content-Length, or serve promptcms by granian, its own server.",
    )


def _too_large(largest: int) -> Problem:
    return Problem(
        413, "too_large", f"The body is larger than {largest // 2**20} MiB. Send it in parts."
    )
