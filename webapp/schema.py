"""Migrations as verbs: upgrade, downgrade, check."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, inspect, select, table

from webapp.config import MissingSetting
from webapp.core.db import Database
from webapp.tables import METADATA

logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of every look at the schema
BEHIND = "The database's schema is not this program's. Run `materia db upgrade` first."
MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, bound to a connection where one is needed."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.set_main_option("path_separator", "os")
    made.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s")
    made.attributes["connection"] = connection
    return made


def upgrade(database: Database, revision: str = "head") -> None:
    """Brings the schema up to a revision; does nothing where it is there already. Makes the folder of a new file."""
    database.make_folder()
    with _migrating(database) as connection:
        command.upgrade(config(connection), revision)


def downgrade(database: Database, revision: str) -> None:
    """Takes the schema down to a revision."""
    with _migrating(database) as connection:
        command.downgrade(config(connection), revision)


def losses(database: Database, revision: str) -> dict[str, int]:
    """How many rows of which tables would go for good if the schema went down to a revision, by the tables' names.

    It goes down and back within one transaction, since only the migrations know what they drop. Columns that go are
    not told of.
    """
    with _migrating(database) as connection:
        before = inspect(connection).get_table_names()  # begins the transaction, which Alembic then leaves to us
        command.downgrade(config(connection), revision)
        gone = set(before) - set(inspect(connection).get_table_names())
        connection.rollback()
        counted = {name: connection.scalar(select(func.count()).select_from(table(name))) for name in sorted(gone)}
    return {name: rows for name, rows in counted.items() if rows}


def current(database: Database) -> str | None:
    """The revision the database stands at."""
    with database.reader.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The newest revision there is."""
    return ScriptDirectory.from_config(config()).get_current_head()


def check(database: Database) -> None:
    """Refuses a database whose schema is not this program's, saying what to run."""
    if current(database) != head():
        raise MissingSetting(BEHIND)


def drift(database: Database) -> list[str]:
    """Differences between the database and the models; empty when there are none."""
    with database.reader.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [str(difference) for difference in compare_metadata(context, METADATA)]


@contextmanager
def _migrating(database: Database) -> Iterator[Connection]:
    with database.writer.connect() as connection:
        if database.is_sqlite:  # a no-op inside a transaction, so it goes past SQLAlchemy's begin
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.execute("PRAGMA foreign_keys=OFF")
        yield connection
        connection.commit()
    database.writer.dispose()  # connections opened before may hold the pragma
