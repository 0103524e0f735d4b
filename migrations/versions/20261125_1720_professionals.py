"""verified health professionals"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from webapp.core.append_only import protect, unprotect
from webapp.core.db import UtcDateTime

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


APPEND_ONLY = ("verification_event",)


def upgrade() -> None:
    op.create_table('registry_entry',
    sa.Column('npi', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('family_name', AutoString(), nullable=False),
    sa.Column('given_name', AutoString(), nullable=False),
    sa.Column('middle_name', AutoString(), nullable=False),
    sa.Column('suffix', AutoString(), nullable=False),
    sa.Column('states', AutoString(), nullable=False),
    sa.Column('taxonomy', AutoString(), nullable=False),
    sa.Column('is_deactivated', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('npi', name=op.f('pk_registry_entry'))
    )
    op.create_table('registry_import',
    sa.Column('file', AutoString(), nullable=False),
    sa.Column('offset', sa.BigInteger(), nullable=False),
    sa.Column('lines', sa.Integer(), nullable=False),
    sa.Column('changed_at', UtcDateTime(), nullable=False),
    sa.Column('is_done', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('file', name=op.f('pk_registry_import'))
    )
    _create_verification()
    op.create_table('verification_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('verification_id', sa.Integer(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('step', AutoString(), nullable=False),
    sa.Column('state', AutoString(), nullable=False),
    sa.Column('decider', AutoString(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('evidence', AutoString(), nullable=False),
    sa.Column('reason', AutoString(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['verification_id'], ['verification.id'],
                            name=op.f('fk_verification_event_verification_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_verification_event'))
    )
    op.create_index(op.f('ix_verification_event_verification_id'), 'verification_event', ['verification_id'])
    op.create_table('verification_document',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', AutoString(), nullable=False),
    sa.Column('verification_id', sa.Integer(), nullable=False),
    sa.Column('media_type', AutoString(), nullable=False),
    sa.Column('size_bytes', sa.Integer(), nullable=False),
    sa.Column('sha256', AutoString(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('uploaded_at', UtcDateTime(), nullable=False),
    sa.Column('delete_after', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['verification_id'], ['verification.id'],
                            name=op.f('fk_verification_document_verification_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_verification_document')),
    sa.UniqueConstraint('key', name=op.f('uq_verification_document_key')),
    sa.UniqueConstraint('verification_id', name=op.f('uq_verification_document_verification_id'))
    )
    op.create_index(op.f('ix_verification_document_delete_after'), 'verification_document', ['delete_after'])
    protect(op.get_bind(), APPEND_ONLY)


def _create_verification() -> None:
    op.create_table('verification',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', AutoString(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('scheme', AutoString(), nullable=False),
    sa.Column('market', AutoString(), nullable=False),
    sa.Column('number', AutoString(), nullable=False),
    sa.Column('given_name', AutoString(), nullable=False),
    sa.Column('family_name', AutoString(), nullable=False),
    sa.Column('region', AutoString(), nullable=False),
    sa.Column('specialty', AutoString(), nullable=False),
    sa.Column('state', AutoString(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('is_held', sa.Boolean(), nullable=False),
    sa.Column('applied_at', UtcDateTime(), nullable=False),
    sa.Column('looked_up_at', UtcDateTime(), nullable=True),
    sa.Column('finding', AutoString(), nullable=False),
    sa.Column('decided_at', UtcDateTime(), nullable=True),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('reason', AutoString(), nullable=False),
    sa.Column('note', AutoString(), nullable=False),
    sa.Column('evidence_kind', AutoString(), nullable=False),
    sa.Column('next_due', UtcDateTime(), nullable=True),
    sa.Column('account_name', AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_verification_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_verification')),
    sa.UniqueConstraint('account_id', name=op.f('uq_verification_account_id')),
    sa.UniqueConstraint('key', name=op.f('uq_verification_key'))
    )
    op.create_index('ix_verification_claim', 'verification', ['scheme', 'number'])
    op.create_index('ix_verification_queue', 'verification', ['state', 'applied_at'])
    op.create_index(op.f('ix_verification_next_due'), 'verification', ['next_due'])
    verified = sa.text("state = 'verified'")
    op.create_index('uq_verification_verified', 'verification', ['scheme', 'number'], unique=True,
                    sqlite_where=verified, postgresql_where=verified)


def downgrade() -> None:
    unprotect(op.get_bind(), APPEND_ONLY)
    for table in ('verification_document', 'verification_event', 'verification', 'registry_import', 'registry_entry'):
        op.drop_table(table)
