"""Runs migrations on the database they are handed. SQLite: foreign keys off while tables are rebuilt, then checked."""

from alembic import context
from sqlalchemy import Connection

from webapp.tables import METADATA


def migrate(connection: Connection) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    context.configure(connection=connection, target_metadata=METADATA, render_as_batch=is_sqlite, compare_type=True,
                      transactional_ddl=True)  # Alembic thinks SQLite cannot; ours begins its transactions itself
    with context.begin_transaction():
        context.run_migrations()
        if is_sqlite:
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"This migration leaves {len(broken)} rows whose parent is gone: {broken[:3]}")


migrate(context.config.attributes["connection"])
