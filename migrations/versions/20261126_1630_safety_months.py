"""closed months of adverse events, with what both sides sign"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from webapp.core.append_only import protect, unprotect
from webapp.core.db import UtcDateTime

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None

APPEND_ONLY = ('safety_month', 'safety_month_case', 'safety_month_signature')


def upgrade() -> None:
    op.create_table(
        'safety_month',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('company_id', sa.Integer(), nullable=False),
        sa.Column('month', sa.Date(), nullable=False),
        sa.Column('product', AutoString(), nullable=False),
        sa.Column('market', AutoString(), nullable=False),
        sa.Column('received', sa.Integer(), nullable=False),
        sa.Column('sent', sa.Integer(), nullable=False),
        sa.Column('acknowledged', sa.Integer(), nullable=False),
        sa.Column('open', sa.Integer(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.CheckConstraint('received = acknowledged + open AND sent BETWEEN acknowledged AND received',
                           name=op.f('ck_safety_month_adds_up')),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_safety_month_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_safety_month')),
        sa.UniqueConstraint('company_id', 'month', 'product', 'market',
                            name=op.f('uq_safety_month_company_id_month_product_market')))
    op.create_table(
        'safety_month_case',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('month_id', sa.Integer(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('standing', AutoString(), nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['safety_case.id'], name=op.f('fk_safety_month_case_case_id')),
        sa.ForeignKeyConstraint(['month_id'], ['safety_month.id'], name=op.f('fk_safety_month_case_month_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_safety_month_case')),
        sa.UniqueConstraint('month_id', 'case_id', name=op.f('uq_safety_month_case_month_id_case_id')))
    op.create_index(op.f('ix_safety_month_case_case_id'), 'safety_month_case', ['case_id'], unique=False)
    op.create_table(
        'safety_month_signature',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('company_id', sa.Integer(), nullable=False),
        sa.Column('month', sa.Date(), nullable=False),
        sa.Column('side', AutoString(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('printed_name', AutoString(), nullable=False),
        sa.Column('digest', AutoString(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_safety_month_signature_account_id')),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_safety_month_signature_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_safety_month_signature')),
        sa.UniqueConstraint('company_id', 'month', 'side',
                            name=op.f('uq_safety_month_signature_company_id_month_side')))
    op.create_index(op.f('ix_safety_month_signature_account_id'), 'safety_month_signature', ['account_id'],
                    unique=False)
    protect(op.get_bind(), APPEND_ONLY)


def downgrade() -> None:
    unprotect(op.get_bind(), APPEND_ONLY)
    for table in ('safety_month_signature', 'safety_month_case', 'safety_month'):
        op.drop_table(table)
