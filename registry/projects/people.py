"""Make the account of a new person, change one's own profile, end somebody's sessions."""

from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from registry.domain.errors import Refused
from registry.projects.create import checked_zone
from registry.projects.models import Person


def create_person(
    *,
    name: str,
    email: str,
    password: str,
    time_zone: str,
    username: str = "",
    is_demo: bool = False,
) -> Person:
    """Make an account; the person signs in with the email, unless `username` is given.

    Call it inside the transaction that says why the account exists. Raises Refused naming
    the field that is wrong.
    """
    email = checked_email(email)
    person = Person(
        username=username or email,
        email=email,
        first_name=checked_person_name(name),
        time_zone=checked_zone(time_zone),
        is_demo=is_demo,
    )
    if not is_demo:  # the demo's passwords are made to be remembered; `up` keeps them local
        _check_password(password, person)
    person.set_password(password)
    person.save(force_insert=True)
    return person


def change_profile(person: Person, *, name: str, time_zone: str) -> None:
    """Change how somebody is called and in which zone they see times."""
    person.first_name, person.last_name = checked_person_name(name), ""
    person.time_zone = checked_zone(time_zone)
    person.save(update_fields=["first_name", "last_name", "time_zone"])


def end_sessions(person: Person) -> int:
    """Sign `person` out everywhere; return how many sessions that ended.

    Sessions hold the person inside their signed text, so all running ones are read: some
    thousands at most, on a rare act.
    """
    running = Session.objects.filter(expire_date__gt=timezone.now()).iterator()
    theirs = [s.pk for s in running if s.get_decoded().get("_auth_user_id") == str(person.pk)]
    Session.objects.filter(pk__in=theirs).delete()
    return len(theirs)


def checked_email(email: str) -> str:
    """Return the address in small letters. Raises Refused when it is none, or is in use."""
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise Refused("Give an email address such as ana@example.com.", field="email") from None
    if Person.objects.filter(username=email).exists() or _in_use(email):
        message = "Somebody has an account with this email. Sign in, then open the link again."
        raise Refused(message, field="email")
    return email


def checked_person_name(name: str) -> str:
    """Return the name without outer spaces. Raises Refused when it cannot be shown."""
    name = name.strip()
    if not 0 < len(name) <= 150:
        raise Refused("Give your name, 150 characters at most.", field="name")
    if not name.isprintable():  # a name must not reorder or hide what stands beside it
        raise Refused("Your name holds a character that cannot be shown.", field="name")
    return name


def _in_use(email: str) -> bool:
    return Person.objects.filter(email__iexact=email).exists()


def _check_password(password: str, person: Person) -> None:
    try:
        validate_password(password, person)
    except ValidationError as wrong:
        raise Refused(" ".join(wrong.messages), field="password") from None
