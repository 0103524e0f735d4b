"""by when something is left to do with a case, which the queue is ordered by"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

from webapp.core.db import UtcDateTime

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None

INDEXES = {'ix_safety_case_queue': ['state'], 'ix_safety_case_queue_market': ['state', 'market'],
           'ix_safety_case_queue_product': ['state', 'product'],
           'ix_safety_case_queue_both': ['state', 'product', 'market']}
CASE = sa.table('safety_case', sa.column('id', sa.Integer()), sa.column('state', sa.String()),
                sa.column('desk_id', sa.Integer()), sa.column('received_at', UtcDateTime()),
                sa.column('due_at', UtcDateTime()))
ONE_DAY = timedelta(hours=24)
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


def upgrade() -> None:
    op.add_column('safety_case', sa.Column('due_at', UtcDateTime(), nullable=False,
                                           server_default=sa.text("'1970-01-01 00:00:00'")))
    _fill(op.get_bind())
    _index(['due_at', 'received_at'])


def downgrade() -> None:
    _index(['received_at'])
    op.drop_column('safety_case', 'due_at')


def _fill(connection: sa.Connection) -> None:
    """The shortest clock there is, cautiously: a day from the receipt, for each case that is not assessed or has a
    desk; for the others there is nothing left to do. The job that compares what is stored with the rule puts it
    right."""
    connection.execute(sa.update(CASE).values(due_at=NEVER))
    left = connection.execute(sa.select(CASE.c.id, CASE.c.received_at).where(
        sa.or_(CASE.c.state == 'new', sa.and_(CASE.c.state == 'triaged', CASE.c.desk_id.is_not(None))))).all()
    if left:
        connection.execute(
            sa.update(CASE).where(CASE.c.id == sa.bindparam('number')).values(due_at=sa.bindparam('due')),
            [{'number': row.id, 'due': row.received_at + ONE_DAY} for row in left])


def _index(order: list[str]) -> None:
    for name, columns in INDEXES.items():
        op.drop_index(name, 'safety_case')
        op.create_index(name, 'safety_case', [*columns, *order])
