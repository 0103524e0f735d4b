"""whom an organisation's sign-in opens, by what the organisation calls them"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from webapp.core.db import UtcDateTime

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'organisation_link',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('issuer', AutoString(), nullable=False),
        sa.Column('subject', AutoString(), nullable=False),
        sa.Column('linked_at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_organisation_link_account_id'),
                                ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_organisation_link')),
        sa.UniqueConstraint('issuer', 'subject', name='uq_organisation_link_pair'),
        sa.UniqueConstraint('account_id', 'issuer', name='uq_organisation_link_account'))


def downgrade() -> None:
    op.drop_table('organisation_link')
