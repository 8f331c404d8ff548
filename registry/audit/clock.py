"""The database's clock: the only one that decides windows and dates audit rows."""

from datetime import UTC, datetime

from django.db import connection


def database_now() -> datetime:
    """Return the present moment by the database's clock, in UTC, not the transaction's start."""
    sql = (
        "SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')"
        if connection.vendor == "sqlite"
        else "SELECT clock_timestamp()"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        (value,) = cursor.fetchone()
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    moment: datetime = value.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
