"""readings know their address's key, and what a crowd sent is labelled"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('reading', sa.Column('address_key', AutoString(), nullable=False, server_default=''))
    op.add_column('dirty_day', sa.Column('touch', AutoString(), nullable=False, server_default=''))
    op.create_table(
        'crowded_address',
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('address_key', AutoString(), nullable=False),
        sa.PrimaryKeyConstraint('day', 'address_key', name=op.f('pk_crowded_address')))


def downgrade() -> None:
    op.drop_table('crowded_address')
    op.drop_column('dirty_day', 'touch')
    op.drop_column('reading', 'address_key')
