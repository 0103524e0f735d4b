"""officers' words on whether a follow-up is significant"""

import sqlalchemy as sa
from alembic import op

from webapp.core.append_only import protect, unprotect
from webapp.core.db import UtcDateTime

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None

APPEND_ONLY = ('safety_judgement',)


def upgrade() -> None:
    op.create_table(
        'safety_judgement',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('report_id', sa.Integer(), nullable=False),
        sa.Column('is_significant', sa.Boolean(), nullable=False),
        sa.Column('judged_by', sa.Integer(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['report_id'], ['safety_report.id'], name=op.f('fk_safety_judgement_report_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_safety_judgement')))
    op.create_index(op.f('ix_safety_judgement_report_id'), 'safety_judgement', ['report_id'], unique=False)
    protect(op.get_bind(), APPEND_ONLY)


def downgrade() -> None:
    unprotect(op.get_bind(), APPEND_ONLY)
    op.drop_table('safety_judgement')
