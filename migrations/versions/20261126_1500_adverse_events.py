"""adverse events: desks, cases, what was told of them, receipts"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from webapp.core.append_only import protect, protect_column, unprotect
from webapp.core.db import UtcDateTime

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None

APPEND_ONLY = ('safety_report', 'safety_receipt')


def upgrade() -> None:
    op.create_table(
        'safety_desk',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', AutoString(), nullable=False),
        sa.Column('company_id', sa.Integer(), nullable=False),
        sa.Column('product', AutoString(), nullable=False),
        sa.Column('market', AutoString(), nullable=False),
        sa.Column('channel', AutoString(), nullable=False),
        sa.Column('address', AutoString(), nullable=False),
        sa.Column('is_open', sa.Boolean(), nullable=False),
        sa.Column('opened_at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_safety_desk_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_safety_desk')),
        sa.UniqueConstraint('key', name=op.f('uq_safety_desk_key')))
    op.create_index('uq_safety_desk_open', 'safety_desk', ['product', 'market'], unique=True,
                    sqlite_where=sa.text('is_open'), postgresql_where=sa.text('is_open'))
    op.create_index(op.f('ix_safety_desk_company_id'), 'safety_desk', ['company_id'], unique=False)
    _create_case()
    op.create_table(
        'safety_report',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('kind', AutoString(), nullable=False),
        sa.Column('is_significant', sa.Boolean(), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['safety_case.id'], name=op.f('fk_safety_report_case_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_safety_report')))
    op.create_index(op.f('ix_safety_report_case_id'), 'safety_report', ['case_id'], unique=False)
    op.create_table(
        'safety_receipt',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('code', AutoString(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['safety_case.id'], name=op.f('fk_safety_receipt_case_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_safety_receipt')),
        sa.UniqueConstraint('code', name=op.f('uq_safety_receipt_code')))
    op.create_index(op.f('ix_safety_receipt_case_id'), 'safety_receipt', ['case_id'], unique=False)
    protect(op.get_bind(), APPEND_ONLY)
    protect_column(op.get_bind(), 'safety_case', 'received_at')


def _create_case() -> None:
    op.create_table(
        'safety_case',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', AutoString(), nullable=False),
        sa.Column('submission', AutoString(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=True),
        sa.Column('source', AutoString(), nullable=False),
        sa.Column('place_kind', AutoString(), nullable=False),
        sa.Column('place_id', sa.Integer(), nullable=False),
        sa.Column('market', AutoString(), nullable=False),
        sa.Column('language', AutoString(), nullable=False),
        sa.Column('product', AutoString(), nullable=False),
        sa.Column('desk_id', sa.Integer(), nullable=True),
        sa.Column('received_at', UtcDateTime(), nullable=False),
        sa.Column('valid_at', UtcDateTime(), nullable=True),
        sa.Column('state', AutoString(), nullable=False),
        sa.Column('elements', sa.JSON(), nullable=False),
        sa.Column('criteria', sa.JSON(), nullable=False),
        sa.Column('expectedness', AutoString(), nullable=False),
        sa.Column('reaction', AutoString(), nullable=False),
        sa.Column('duplicate_of', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_safety_case_account_id')),
        sa.ForeignKeyConstraint(['desk_id'], ['safety_desk.id'], name=op.f('fk_safety_case_desk_id')),
        sa.ForeignKeyConstraint(['duplicate_of'], ['safety_case.id'], name=op.f('fk_safety_case_duplicate_of')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_safety_case')),
        sa.UniqueConstraint('key', name=op.f('uq_safety_case_key')),
        sa.UniqueConstraint('submission', name=op.f('uq_safety_case_submission')))
    op.create_index(op.f('ix_safety_case_account_id'), 'safety_case', ['account_id'], unique=False)
    op.create_index('ix_safety_case_product', 'safety_case', ['product', 'market', 'received_at'], unique=False)
    op.create_index('ix_safety_case_queue', 'safety_case', ['state', 'received_at'], unique=False)


def downgrade() -> None:
    unprotect(op.get_bind(), (*APPEND_ONLY, 'safety_case'))
    for table in ('safety_receipt', 'safety_report', 'safety_case', 'safety_desk'):
        op.drop_table(table)
