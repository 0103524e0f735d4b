"""audit entries in a chain, and when timed jobs are due"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from webapp.core.append_only import protect, unprotect
from webapp.core.db import UtcDateTime

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


APPEND_ONLY = ("audit_entry",)


def upgrade() -> None:
    op.create_table(
        'audit_entry',
        sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=True),
        sa.Column('actor', AutoString(), nullable=False),
        sa.Column('action', AutoString(), nullable=False),
        sa.Column('subject_kind', AutoString(), nullable=False),
        sa.Column('subject_id', sa.Integer(), nullable=False),
        sa.Column('detail', AutoString(), nullable=False),
        sa.Column('reason_digest', AutoString(), nullable=False),
        sa.Column('previous', AutoString(), nullable=False),
        sa.Column('digest', AutoString(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entry')))
    op.create_index('ix_audit_entry_subject', 'audit_entry', ['subject_kind', 'subject_id', 'id'])
    op.create_table(
        'audit_reason',
        sa.Column('entry_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('salt', AutoString(), nullable=False),
        sa.Column('words', AutoString(), nullable=False),
        sa.ForeignKeyConstraint(['entry_id'], ['audit_entry.id'], name=op.f('fk_audit_reason_entry_id')),
        sa.PrimaryKeyConstraint('entry_id', name=op.f('pk_audit_reason')))
    op.create_table(
        'audit_head',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('digest', AutoString(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_head')))
    op.create_table(
        'job_tick',
        sa.Column('job', AutoString(), nullable=False),
        sa.Column('every_seconds', sa.Integer(), nullable=False),
        sa.Column('began_at', UtcDateTime(), nullable=True),
        sa.Column('due_at', UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint('job', name=op.f('pk_job_tick')))
    protect(op.get_bind(), APPEND_ONLY)


def downgrade() -> None:
    unprotect(op.get_bind(), APPEND_ONLY)
    for table in ('job_tick', 'audit_head', 'audit_reason', 'audit_entry'):
        op.drop_table(table)
