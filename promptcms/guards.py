"""A rule the database keeps, rendered as triggers for SQLite and PostgreSQL.

Apps declare rules in their `guards.py` as a tuple `RULES`. Triggers are dropped
before each `migrate` and made again after it: SQLite silently loses a trigger
when a migration rebuilds its table, and refuses the migration when a trigger
mentions another table.

A condition is SQL that is true when the change must be refused. Write it in
PostgreSQL's dialect with `NEW` and `OLD`; what stands in `IN_SQLITE` is translated.
Django sees `IntegrityError` on both engines.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

from django.apps import apps
from django.db import IntegrityError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import post_migrate, pre_migrate

PREFIX = "guard_"
# What a condition may say in PostgreSQL's words that SQLite has others for; in this order.
IN_SQLITE = {
    "IS NOT DISTINCT FROM": "IS",
    "IS DISTINCT FROM": "IS NOT",
    "jsonb_path_query_first(": "json_extract(",
    "AS jsonpath": "AS text",
}
ALWAYS = "1 = 1"
NO_RULE = "This does not fit what is stored by now. Look at it again, then decide."
Operation = Literal["INSERT", "UPDATE", "DELETE"]


@dataclass(frozen=True)
class Rule:
    """Refuse `operation` on rows of `table` where `condition` holds, saying `message`."""

    name: str
    table: str
    operation: Operation
    condition: str
    message: str


def frozen(table: str, *, what: str) -> tuple[Rule, ...]:
    """Rows of `table` are written once: no update, no delete."""
    return (
        Rule(f"{table}_no_update", table, "UPDATE", ALWAYS, f"{what} is never changed."),
        undeletable(table, what=what),
    )


def undeletable(table: str, *, what: str) -> Rule:
    """Rows of `table` stay."""
    return Rule(f"{table}_no_delete", table, "DELETE", ALWAYS, f"{what} is never deleted.")


def fixed_columns(table: str, columns: Iterable[str], *, what: str) -> Rule:
    """`columns` keep the value they were created with."""
    condition = " OR ".join(f"NEW.{c} IS DISTINCT FROM OLD.{c}" for c in columns)
    return Rule(f"{table}_fixed", table, "UPDATE", condition, f"{what} keeps its identity.")


def edges(table: str, column: str, legal: dict[str, frozenset[str]], *, what: str) -> Rule:
    """`column` moves only along the edges of `legal` (from state -> states)."""
    pairs = " OR ".join(
        f"(OLD.{column} = '{old}' AND NEW.{column} = '{new}')"
        for old in sorted(legal)
        for new in sorted(legal[old])
    )
    return Rule(
        f"{table}_{column}_edges",
        table,
        "UPDATE",
        f"NEW.{column} IS DISTINCT FROM OLD.{column} AND NOT ({pairs})",
        f"This is no legal change of state of {what}.",
    )


def create_sql(rule: Rule, vendor: str) -> str:
    """Return the statement(s) that make the trigger of `rule`."""
    name = PREFIX + rule.name
    message = rule.message.replace("'", "''")
    if vendor == "sqlite":
        condition = rule.condition
        for words, ours in IN_SQLITE.items():
            condition = condition.replace(words, ours)
        return (
            f"CREATE TRIGGER {name} BEFORE {rule.operation} ON {rule.table} FOR EACH ROW "
            f"BEGIN SELECT RAISE(ABORT, '{message}') WHERE {condition}; END"
        )
    row = "OLD" if rule.operation == "DELETE" else "NEW"
    function = (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard$ BEGIN "
        f"IF {rule.condition} THEN RAISE EXCEPTION '{message.replace('%', '%%')}' "
        f"USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {row}; END $guard$; "
        f"CREATE TRIGGER {name} BEFORE {rule.operation} ON {rule.table} "
        f"FOR EACH ROW EXECUTE FUNCTION {name}()"
    )
    if rule.operation != "DELETE" or rule.condition != ALWAYS:
        return function
    return (
        f"{function}; CREATE TRIGGER {name}_truncate BEFORE TRUNCATE ON {rule.table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )


def sentence_of(refusal: IntegrityError, *, otherwise: str = NO_RULE) -> str:
    """Return the words of the rule that refused; `otherwise` when it was no rule of ours.

    What a database says of its own constraints names tables and columns, and is for logs.
    """
    said = str(refusal).strip().partition("\n")[0]
    return said if any(rule.message == said for rule in all_rules()) else otherwise


def all_rules() -> Iterator[Rule]:
    """Yield the rules that installed apps declare in a module `guards`."""
    for config in apps.get_app_configs():
        try:
            module = import_module(f"{config.name}.guards")
        except ModuleNotFoundError:
            continue
        yield from getattr(module, "RULES", ())


def existing(connection: BaseDatabaseWrapper) -> set[str]:
    """Return the names of the guards that the database holds now."""
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {name for (name,) in cursor.fetchall() if name.startswith(PREFIX)}


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of declared rules that the database does not hold."""
    held = existing(connection)
    return [rule.name for rule in all_rules() if PREFIX + rule.name not in held]


def drop_all(connection: BaseDatabaseWrapper) -> None:
    """Remove every guard."""
    with connection.cursor() as cursor:
        for name in sorted(existing(connection)):
            if connection.vendor == "sqlite":
                cursor.execute(f"DROP TRIGGER {name}")
            else:  # takes the triggers that call it along
                cursor.execute(f"DROP FUNCTION IF EXISTS {name}() CASCADE")


def create_all(connection: BaseDatabaseWrapper) -> None:
    """Make every declared guard whose table exists; those there already are made anew."""
    drop_all(connection)
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for rule in all_rules():
            if rule.table in tables:
                cursor.execute(create_sql(rule, connection.vendor))


def connect() -> None:
    """Drop guards before `migrate`, make them after it. Called once, from the app config.

    Django's migrate signals are the only hook around a migration, on both engines.
    """
    pre_migrate.connect(_before_migrate, dispatch_uid="promptcms.guards.drop")
    post_migrate.connect(_after_migrate, dispatch_uid="promptcms.guards.create")


def _before_migrate(using: str, app_config: Any, **_: Any) -> None:
    if _is_first(app_config):
        drop_all(_connection(using))


def _after_migrate(using: str, app_config: Any, **_: Any) -> None:
    if _is_first(app_config):
        create_all(_connection(using))


def _is_first(app_config: Any) -> bool:
    """The signals come once per app that has models: act on one of them."""
    return app_config is next(c for c in apps.get_app_configs() if c.models_module)


def _connection(using: str) -> BaseDatabaseWrapper:
    from django.db import connections

    return connections[using]
