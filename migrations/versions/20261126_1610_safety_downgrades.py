"""downgrades of safety cases, which two officers decide; questions to reporters; indexes of the safety officers' queue"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from webapp.core.db import UtcDateTime

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None

INDEXES = {'ix_safety_case_queue_market': ['state', 'market', 'received_at'],
           'ix_safety_case_queue_product': ['state', 'product', 'received_at'],
           'ix_safety_case_queue_both': ['state', 'product', 'market', 'received_at'],
           'ix_safety_case_duplicate_of': ['duplicate_of']}


def upgrade() -> None:
    op.create_table(
        'safety_downgrade',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', AutoString(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('kind', AutoString(), nullable=False),
        sa.Column('was', sa.JSON(), nullable=False),
        sa.Column('wanted', sa.JSON(), nullable=False),
        sa.Column('asked_by', sa.Integer(), nullable=False),
        sa.Column('asked_at', UtcDateTime(), nullable=False),
        sa.Column('decided_by', sa.Integer(), nullable=True),
        sa.Column('decided_at', UtcDateTime(), nullable=True),
        sa.Column('is_agreed', sa.Boolean(), nullable=False),
        sa.CheckConstraint('asked_by <> decided_by', name=op.f('ck_safety_downgrade_two_officers')),
        sa.ForeignKeyConstraint(['case_id'], ['safety_case.id'], name=op.f('fk_safety_downgrade_case_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_safety_downgrade')),
        sa.UniqueConstraint('key', name=op.f('uq_safety_downgrade_key')))
    op.create_index(op.f('ix_safety_downgrade_case_id'), 'safety_downgrade', ['case_id'])
    waits = sa.text('decided_at IS NULL')
    op.create_index('uq_safety_downgrade_waiting', 'safety_downgrade', ['case_id', 'kind'], unique=True,
                    sqlite_where=waits, postgresql_where=waits)
    op.create_table(
        'safety_question',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('code', AutoString(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=False),
        sa.Column('asked_by', sa.Integer(), nullable=False),
        sa.Column('asked_at', UtcDateTime(), nullable=False),
        sa.Column('answered_at', UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(['case_id'], ['safety_case.id'], name=op.f('fk_safety_question_case_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_safety_question')),
        sa.UniqueConstraint('code', name=op.f('uq_safety_question_code')))
    op.create_index(op.f('ix_safety_question_case_id'), 'safety_question', ['case_id'])
    for name, columns in INDEXES.items():
        op.create_index(name, 'safety_case', columns)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, 'safety_case')
    op.drop_table('safety_question')
    op.drop_table('safety_downgrade')
