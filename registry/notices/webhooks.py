"""Notices to the named webhooks: one POST each, signed, never redirected.

The body is JSON: id, kind, project, prompt, version, risk, actor, title, sentence, reason,
url, at. `X-Pcms-Id` is the same at each attempt, so that a receiver can drop a repeat.
`X-Pcms-Signature: t=1700000000,v1=…` is the HMAC-SHA256, with the target's secret, of
`t + "." + body`; a receiver compares it and refuses an old `t`. A slack target gets
`{"text": …}` instead, signed if it has a secret.
"""

import hashlib
import hmac
import json
from datetime import datetime

import urllib3
from django.conf import settings
from urllib3.exceptions import HTTPError, NewConnectionError, SSLError, TimeoutError

from registry.notices.outcome import Outcome
from registry.notices.targets import Target
from registry.notices.telling import Telling

CONNECT_SECONDS = 5
READ_SECONDS = 10


def post(target: Target, telling: Telling, *, now: datetime) -> Outcome:
    """Send `telling` to `target`. What it answers is not read beyond the status."""
    body = body_for(target, telling)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "promptcms",
        "X-Pcms-Id": telling.id,
        "Connection": "close",
    }
    if target.secret:
        headers["X-Pcms-Signature"] = signature(target.secret, body, int(now.timestamp()))
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    try:
        with urllib3.PoolManager(retries=False, timeout=timeout) as pool:
            answer = pool.request(
                "POST",
                target.url,
                body=body,
                headers=headers,
                redirect=False,
                preload_content=False,
            )
            answer.close()
    except NewConnectionError:  # urllib3 counts it among the time-outs
        return Outcome(f"Nobody answers at {target.host}.", is_away=True)
    except TimeoutError:
        return Outcome(f"{target.host} did not answer in time.", is_away=True)
    except SSLError:
        return Outcome(f"The certificate of {target.host} is not trusted.", is_away=True)
    except (HTTPError, OSError) as fault:
        # Only the kind of the error: its text holds the address, which may be a secret.
        kind = type(fault).__name__
        return Outcome(f"{target.host} could not be reached ({kind}).", is_away=True)
    return _read(target, answer.status)


def body_for(target: Target, telling: Telling) -> bytes:
    """Return the body in the format of `target`; the same notice always gives the same bytes."""
    url = f"{settings.PUBLIC_URL}{telling.path}"
    if target.format == "slack":
        return json.dumps({"text": slack_text(telling, url)}, ensure_ascii=False).encode()
    document = {
        "id": telling.id,
        "kind": telling.kind,
        "project": telling.project,
        "prompt": telling.prompt,
        "version": telling.version,
        "risk": telling.risk,
        "actor": telling.actor,
        "title": telling.headline,
        "sentence": telling.sentence,
        "reason": telling.reason,
        "url": url,
        "at": telling.at,
    }
    return json.dumps(document, ensure_ascii=False).encode()


def slack_text(telling: Telling, url: str) -> str:
    """Return the notice as Slack reads it: <, > and & escaped, so no name makes a mention."""
    lines = [f"*{_escaped(telling.headline)}*", _escaped(telling.sentence)]
    if telling.reason:
        lines.append(_escaped(f"Why: {telling.reason}"))
    return "\n".join([*lines, f"<{_escaped(url)}|Open it>"])


def signature(secret: str, body: bytes, moment: int) -> str:
    """Return the header that proves who sent `body`, and when (seconds since 1970)."""
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def _read(target: Target, status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome(status=status)
    if 300 <= status < 400:
        error = (
            f"{target.host} answered {status}, a redirect, which is not followed. "
            "Put its final address into PROMPTCMS_WEBHOOKS."
        )
        return Outcome(error, status=status)
    return Outcome(f"{target.host} answered {status}.", status=status)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
