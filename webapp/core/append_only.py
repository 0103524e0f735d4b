"""Triggers that refuse to change or delete a row, on both engines.

A SQLite batch migration rebuilds its table and so drops its triggers: a migration that alters one of these tables
makes them again, and a test at head looks for them.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, text

_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME; END $$"""


def protect(connection: Connection, tables: Iterable[str], *, kept_days: int | None = None) -> None:
    """Makes the tables append-only. Rows whose `at` is more than `kept_days` ago may be deleted, where that is given:
    what holds on to a person has an end."""
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:
        connection.execute(text(_POSTGRESQL_FUNCTION))
    for table in tables:
        for verb in ("UPDATE", "DELETE"):
            age = kept_days if verb == "DELETE" else None
            connection.execute(text(_sqlite(table, verb, age) if is_sqlite else _postgresql(table, verb, age)))


def unprotect(connection: Connection, tables: Iterable[str]) -> None:
    """Takes the triggers away, for a migration down."""
    for table in tables:
        for verb in ("UPDATE", "DELETE"):
            suffix = "" if connection.dialect.name == "sqlite" else f" ON {table}"
            connection.execute(text(f"DROP TRIGGER IF EXISTS {_name(table, verb)}{suffix}"))


def protect_column(connection: Connection, table: str, column: str) -> None:
    """Refuses another value in a column of a row that is there, and to delete the row."""
    if connection.dialect.name == "sqlite":
        row, differs = _sqlite, "IS NOT"
        body = f"BEGIN SELECT RAISE(ABORT, '{column} of {table} is append-only'); END"
    else:
        connection.execute(text(_POSTGRESQL_FUNCTION))
        row, differs, body = _postgresql, "IS DISTINCT FROM", "EXECUTE FUNCTION refuse_change()"
    connection.execute(text(row(table, "DELETE", None)))
    connection.execute(text(
        f"CREATE TRIGGER {_name(table, 'UPDATE')} BEFORE UPDATE OF {column} ON {table} FOR EACH ROW "
        f"WHEN (OLD.{column} {differs} NEW.{column}) {body}"))


def _name(table: str, verb: str) -> str:
    return f"{table}_refuses_{verb.lower()}"


def _sqlite(table: str, verb: str, kept_days: int | None) -> str:
    young = f"WHEN OLD.at > datetime('now', '-{kept_days} days') " if kept_days else ""
    return (f"CREATE TRIGGER {_name(table, verb)} BEFORE {verb} ON {table} {young}"
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are append-only'); END")


def _postgresql(table: str, verb: str, kept_days: int | None) -> str:
    young = f"WHEN (OLD.at > now() - interval '{kept_days} days') " if kept_days else ""
    return (f"CREATE TRIGGER {_name(table, verb)} BEFORE {verb} ON {table} "
            f"FOR EACH ROW {young}EXECUTE FUNCTION refuse_change()")
