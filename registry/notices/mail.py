"""Notices as plain-text mails, each in its reader's time zone. No prompt text is in them.

Settings: `EMAIL_URL` (smtp+tls://user:password@host:587, smtp+ssl://…:465, consolemail://) and
`DEFAULT_FROM_EMAIL`. Without them mails are printed where the worker logs.
"""

import smtplib
from collections.abc import Sequence
from datetime import datetime
from textwrap import fill
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse

from registry.audit.models import Outbox
from registry.notices.choices import zone_of
from registry.notices.kinds import WORDS, Notice
from registry.notices.outcome import Outcome
from registry.notices.telling import Telling
from registry.projects.models import Person

WIDTH = 76  # characters a line; links are never broken
SUBJECT_LENGTH = 180
SMTP = "django.core.mail.backends.smtp.EmailBackend"


def send_one(row: Outbox, person: Person) -> Outcome:
    """Send one notice to `person`."""
    telling = Telling.from_payload(row.payload)
    zone = zone_of(person, row.project)
    text = "\n\n".join([*paragraphs(telling, zone), _ending(telling.kind)])
    return _send(person, telling.headline, text, telling.id)


def send_daily(rows: Sequence[Outbox], person: Person) -> Outcome:
    """Send what a day brought as one mail; `rows` holds at least one, the oldest first."""
    zone = zone_of(person, rows[0].project)
    tellings = [Telling.from_payload(row.payload) for row in rows]
    count = f"{len(tellings)} notice{'s' if len(tellings) > 1 else ''}"
    parts = [f"{count} since your last daily mail, the oldest first."]
    for telling in tellings:
        parts += [_line(f"== {telling.headline}"), *paragraphs(telling, zone)]
    return _send(person, f"Your day: {count}", "\n\n".join([*parts, _ending("")]), tellings[0].id)


def paragraphs(telling: Telling, zone: ZoneInfo) -> list[str]:
    """Return the mail's paragraphs: what to do, what happened and why, when, and the link."""
    happened = datetime.fromisoformat(telling.at).astimezone(zone)
    when = f"{happened:%a} {happened.day} {happened:%b %Y %H:%M %Z}"
    told = [
        telling.to_do,
        telling.sentence,
        f"What the change is for: {telling.change}" if telling.change else "",
        f"Why: {telling.reason}" if telling.reason else "",
        telling.words and "\n".join(f"> {line}" for line in telling.words.splitlines()),
    ]
    kept = [_wrapped(part) for part in told if part]
    return [*kept, f"{when} · project {_line(telling.project)}\n{link(telling.path)}"]


def link(path: str) -> str:
    """Return the public address of a page."""
    return f"{settings.PUBLIC_URL}{path}"


def is_reachable(person: Person) -> bool:
    """Has `person` a mailbox? The demo's people have none, so a mail server never sees them."""
    return bool(person.email) and not (person.is_demo and settings.EMAIL_BACKEND == SMTP)


def _ending(kind: str) -> str:
    why = f"You hear this as one of: {WORDS[Notice(kind)].heard_by}.\n" if kind in WORDS else ""
    return f"-- \n{why}Choose what you hear: {link(reverse('notice_choices'))}"


def _send(person: Person, subject: str, text: str, number: str) -> Outcome:
    """Hand one mail to the mail server; its words about a failure never hold what was sent."""
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    mail = EmailMessage(
        subject=_line(subject)[:SUBJECT_LENGTH],
        body=text + "\n",
        to=[_line(person.email)],
        headers={
            # The same at each attempt, so that mail programs drop a repeat.
            "Message-ID": f"<{number}.{person.pk}@{host}>",
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{link(reverse('notice_choices'))}>",
        },
    )
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused:
        return Outcome("The mail server refused the address of this person.")
    except smtplib.SMTPAuthenticationError as fault:
        error = "The mail server refused the user or password in EMAIL_URL."
        return Outcome(error, status=fault.smtp_code, is_away=True)
    except smtplib.SMTPResponseException as fault:
        return Outcome(f"The mail server answered {fault.smtp_code}.", status=fault.smtp_code)
    except TimeoutError:
        return Outcome("The mail server did not answer in time.", is_away=True)
    except (OSError, smtplib.SMTPException) as fault:
        kind = type(fault).__name__
        return Outcome(f"The mail server could not be reached ({kind}).", is_away=True)
    except ValueError:
        return Outcome("The address of this person cannot stand in a mail.", is_final=True)
    return Outcome()


def _line(text: str) -> str:
    """Return `text` as one line: no line break, and nothing else that starts a new header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _wrapped(text: str) -> str:
    """Wrap each line of `text`, links excepted; control characters go."""
    lines = [_line(line) for line in text.splitlines()]
    return "\n".join(
        fill(line, WIDTH, break_long_words=False, break_on_hyphens=False) for line in lines
    )
