"""faculty of accredited education: who was asked to disclose, what they stated, what was decided"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from webapp.core.append_only import protect, unprotect
from webapp.core.db import UtcDateTime

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None

EVIDENCE = ('cme_disclosure', 'cme_disclosure_decision')
KEPT_DAYS = 6 * 365 + 2  # accreditors ask for six years; two of them have a day more


def upgrade() -> None:
    op.create_table(
        'cme_disclosure_request',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', AutoString(), nullable=False),
        sa.Column('code', AutoString(), nullable=False),
        sa.Column('activity_id', sa.Integer(), nullable=False),
        sa.Column('name', AutoString(), nullable=False),
        sa.Column('parts', sa.JSON(), nullable=False),
        sa.Column('email', AutoString(), nullable=False),
        sa.Column('language', AutoString(), nullable=False),
        sa.Column('round', sa.Integer(), nullable=False),
        sa.Column('asked_at', UtcDateTime(), nullable=False),
        sa.Column('expires_at', UtcDateTime(), nullable=False),
        sa.Column('reminded_at', UtcDateTime(), nullable=True),
        sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(['activity_id'], ['cme_activity.id'],
                                name=op.f('fk_cme_disclosure_request_activity_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cme_disclosure_request')),
        sa.UniqueConstraint('code', name=op.f('uq_cme_disclosure_request_code')),
        sa.UniqueConstraint('key', name=op.f('uq_cme_disclosure_request_key')))
    op.create_index(op.f('ix_cme_disclosure_request_activity_id'), 'cme_disclosure_request', ['activity_id'],
                    unique=False)
    op.create_table(
        'cme_disclosure',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', AutoString(), nullable=False),
        sa.Column('request_id', sa.Integer(), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('ties', sa.JSON(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['request_id'], ['cme_disclosure_request.id'],
                                name=op.f('fk_cme_disclosure_request_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cme_disclosure')),
        sa.UniqueConstraint('key', name=op.f('uq_cme_disclosure_key')),
        sa.UniqueConstraint('request_id', 'number', name=op.f('uq_cme_disclosure_request_id_number')))
    op.create_table(
        'cme_disclosure_decision',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('disclosure_id', sa.Integer(), nullable=False),
        sa.Column('place', sa.Integer(), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('verdict', AutoString(), nullable=False),
        sa.Column('means', sa.JSON(), nullable=False),
        sa.Column('exception', AutoString(), nullable=False),
        sa.Column('words', AutoString(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['disclosure_id'], ['cme_disclosure.id'],
                                name=op.f('fk_cme_disclosure_decision_disclosure_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cme_disclosure_decision')),
        sa.UniqueConstraint('disclosure_id', 'place', 'number',
                            name=op.f('uq_cme_disclosure_decision_disclosure_id_place_number')))
    protect(op.get_bind(), EVIDENCE, kept_days=KEPT_DAYS)


def downgrade() -> None:
    unprotect(op.get_bind(), EVIDENCE)
    op.drop_table('cme_disclosure_decision')
    op.drop_table('cme_disclosure')
    op.drop_index(op.f('ix_cme_disclosure_request_activity_id'), table_name='cme_disclosure_request')
    op.drop_table('cme_disclosure_request')
