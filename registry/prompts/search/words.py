"""Ask the database's own index over the words of prompts: FTS5 on SQLite, GIN on PostgreSQL."""

from collections.abc import Iterable

from django.db import connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from registry.domain.search import project_word, tag_word, typed_words

SHORTEST_PREFIX = 2

_SQLITE_IDS = "SELECT rowid FROM registry_promptwords WHERE registry_promptwords MATCH %s"
_POSTGRESQL_IDS = (
    "SELECT prompt_id FROM registry_promptentry WHERE word_vector @@ CAST(%s AS tsquery)"
)
# The plus keeps SQLite walking by name: it reads the matches once and looks each row up.
_SQLITE_HOLDS = f"+registry_prompt.id IN ({_SQLITE_IDS})"
_POSTGRESQL_HOLDS = (
    "EXISTS (SELECT 1 FROM registry_promptentry e WHERE e.prompt_id = registry_prompt.id "
    "AND e.word_vector @@ CAST(%s AS tsquery))"
)


def match_for(
    projects: Iterable[int], *, text: str = "", tag: str = "", names_only: bool = False
) -> str:
    """Return the question in the language of the database; "" when there is none to ask.

    Every typed word must stand in the prompt, or begin a word of it; with `names_only` in
    its name, title or tags. Words of one letter are taken whole.
    """
    sign = "=" if names_only else ""
    words = [(sign + word, len(word) >= SHORTEST_PREFIX) for word in typed_words(text)]
    if tag:
        words.append((tag_word(tag), False))
    places = [project_word(pk) for pk in projects]
    if not words or not places:
        return ""
    if connection.vendor == "sqlite":
        anywhere = " OR ".join(f'"{place}"' for place in places)
        terms = [f'"{word}"{"*" if begins else ""}' for word, begins in words]
        return " AND ".join([*terms, f"({anywhere})"])
    anywhere = " | ".join(f"'{place}'" for place in places)
    terms = [f"'{word}'{':*' if begins else ''}" for word, begins in words]
    return " & ".join([*terms, f"({anywhere})"])


def ids_matching(match: str, limit: int) -> list[int]:
    """Return the ids of at most `limit` prompts, in no order."""
    ids = _SQLITE_IDS if connection.vendor == "sqlite" else _POSTGRESQL_IDS
    with connection.cursor() as cursor:
        cursor.execute(f"{ids} LIMIT %s", [match, limit])
        return [pk for (pk,) in cursor.fetchall()]


def holds(match: str) -> RawSQL:
    """Return the condition for a query over prompts that is walked row by row."""
    condition = _SQLITE_HOLDS if connection.vendor == "sqlite" else _POSTGRESQL_HOLDS
    return RawSQL(condition, [match], output_field=BooleanField())
