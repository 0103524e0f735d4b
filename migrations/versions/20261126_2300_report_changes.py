"""what records for the accreditor said, and which of them take one back; signed agreements on support"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from webapp.core.append_only import protect, unprotect
from webapp.core.db import UtcDateTime

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None

KEPT_DAYS = 6 * 365 + 2  # accreditors ask for six years; two of them have a day more


def upgrade() -> None:
    """A record of before says nothing of itself, so it goes once more: the accreditor knows it by its key."""
    op.add_column('cme_report_event', sa.Column('digest', sa.String(), nullable=False, server_default=''))
    op.add_column('cme_report_event', sa.Column('is_withdrawal', sa.Boolean(), nullable=False,
                                                server_default=sa.false()))
    op.create_table(
        'cme_agreement',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', AutoString(), nullable=False),
        sa.Column('activity_id', sa.Integer(), nullable=False),
        sa.Column('company', AutoString(), nullable=False),
        sa.Column('sha256', AutoString(), nullable=False),
        sa.Column('pdf', sa.LargeBinary(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['activity_id'], ['cme_activity.id'], name=op.f('fk_cme_agreement_activity_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cme_agreement')),
        sa.UniqueConstraint('key', name=op.f('uq_cme_agreement_key')))
    op.create_index(op.f('ix_cme_agreement_activity_id'), 'cme_agreement', ['activity_id'], unique=False)
    protect(op.get_bind(), ('cme_agreement',), kept_days=KEPT_DAYS)


def downgrade() -> None:
    unprotect(op.get_bind(), ('cme_agreement',))
    op.drop_table('cme_agreement')
    op.drop_column('cme_report_event', 'is_withdrawal')
    op.drop_column('cme_report_event', 'digest')
