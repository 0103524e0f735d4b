"""hand-overs to desks, with their ledger"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from webapp.core.append_only import protect, unprotect
from webapp.core.db import UtcDateTime

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None

APPEND_ONLY = ('safety_hand_over_event',)


def upgrade() -> None:
    op.create_table(
        'safety_hand_over',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', AutoString(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('desk_id', sa.Integer(), nullable=False),
        sa.Column('report_id', sa.Integer(), nullable=False),
        sa.Column('code', AutoString(), nullable=False),
        sa.Column('made_at', UtcDateTime(), nullable=False),
        sa.Column('state', AutoString(), nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('next_at', UtcDateTime(), nullable=False),
        sa.Column('acknowledged_at', UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(['case_id'], ['safety_case.id'], name=op.f('fk_safety_hand_over_case_id')),
        sa.ForeignKeyConstraint(['desk_id'], ['safety_desk.id'], name=op.f('fk_safety_hand_over_desk_id')),
        sa.ForeignKeyConstraint(['report_id'], ['safety_report.id'], name=op.f('fk_safety_hand_over_report_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_safety_hand_over')),
        sa.UniqueConstraint('key', name=op.f('uq_safety_hand_over_key')),
        sa.UniqueConstraint('code', name=op.f('uq_safety_hand_over_code')),
        sa.UniqueConstraint('case_id', 'report_id', 'desk_id',
                            name=op.f('uq_safety_hand_over_case_id_report_id_desk_id')))
    op.create_index('ix_safety_hand_over_due', 'safety_hand_over', ['state', 'next_at'], unique=False)
    op.create_table(
        'safety_hand_over_event',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('hand_over_id', sa.Integer(), nullable=False),
        sa.Column('step', AutoString(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.Column('detail', AutoString(), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(['hand_over_id'], ['safety_hand_over.id'],
                                name=op.f('fk_safety_hand_over_event_hand_over_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_safety_hand_over_event')))
    op.create_index(op.f('ix_safety_hand_over_event_hand_over_id'), 'safety_hand_over_event', ['hand_over_id'],
                    unique=False)
    protect(op.get_bind(), APPEND_ONLY)


def downgrade() -> None:
    unprotect(op.get_bind(), APPEND_ONLY)
    for table in ('safety_hand_over_event', 'safety_hand_over'):
        op.drop_table(table)
