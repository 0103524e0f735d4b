"""orders to publish a text later"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from webapp.core.db import UtcDateTime

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'publish_order',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', AutoString(), nullable=False),
        sa.Column('document_id', sa.Integer(), nullable=False),
        sa.Column('revision_id', sa.Integer(), nullable=False),
        sa.Column('digest', AutoString(), nullable=False),
        sa.Column('kind', AutoString(), nullable=False),
        sa.Column('due_at', UtcDateTime(), nullable=True),
        sa.Column('local_time', AutoString(), nullable=False),
        sa.Column('zone', AutoString(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=True),
        sa.Column('ordered_at', UtcDateTime(), nullable=False),
        sa.Column('state', AutoString(), nullable=False),
        sa.Column('obstacle', AutoString(), nullable=False),
        sa.Column('changed_at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_publish_order_document_id')),
        sa.ForeignKeyConstraint(['revision_id'], ['revision.id'], name=op.f('fk_publish_order_revision_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_publish_order')),
        sa.UniqueConstraint('key', name=op.f('uq_publish_order_key')))
    op.create_index(op.f('ix_publish_order_document_id'), 'publish_order', ['document_id'])
    is_open = sa.text("state IN ('waiting', 'refused')")
    op.create_index('uq_publish_order_open', 'publish_order', ['document_id'], unique=True, sqlite_where=is_open,
                    postgresql_where=is_open)


def downgrade() -> None:
    op.drop_table('publish_order')
