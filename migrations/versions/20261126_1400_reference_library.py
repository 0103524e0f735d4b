"""the reference library, claims in dossiers, checklists of how easy a piece is to understand"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from webapp.core.append_only import protect, unprotect
from webapp.core.db import UtcDateTime

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

APPEND_ONLY = ('library_file', 'library_document', 'library_page', 'checklist')


def upgrade() -> None:
    op.create_table(
        'library_file',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('sha256', AutoString(), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_library_file')),
        sa.UniqueConstraint('sha256', name=op.f('uq_library_file_sha256')))
    _create_document()
    op.create_table(
        'library_page',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('document_id', sa.Integer(), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('text', AutoString(), nullable=False),
        sa.ForeignKeyConstraint(['document_id'], ['library_document.id'], name=op.f('fk_library_page_document_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_library_page')),
        sa.UniqueConstraint('document_id', 'number', name=op.f('uq_library_page_document_id_number')))
    op.add_column('dossier', sa.Column('claims', sa.JSON(none_as_null=True), nullable=True))
    _create_checklist()
    protect(op.get_bind(), APPEND_ONLY)


def _create_document() -> None:
    op.create_table(
        'library_document',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', AutoString(), nullable=False),
        sa.Column('name', AutoString(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('sha256', AutoString(), nullable=False),
        sa.Column('media_type', AutoString(), nullable=False),
        sa.Column('size_bytes', sa.Integer(), nullable=False),
        sa.Column('page_count', sa.Integer(), nullable=False),
        sa.Column('title', AutoString(), nullable=False),
        sa.Column('issuer', AutoString(), nullable=False),
        sa.Column('url', AutoString(), nullable=False),
        sa.Column('issued_on', sa.Date(), nullable=False),
        sa.Column('licence', AutoString(), nullable=False),
        sa.Column('is_for_readers', sa.Boolean(), nullable=False),
        sa.Column('added_at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['sha256'], ['library_file.sha256'], name=op.f('fk_library_document_sha256')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_library_document')),
        sa.UniqueConstraint('key', name=op.f('uq_library_document_key')),
        sa.UniqueConstraint('sha256', name=op.f('uq_library_document_sha256')),
        sa.UniqueConstraint('name', 'version', name=op.f('uq_library_document_name_version')))


def _create_checklist() -> None:
    op.create_table(
        'checklist',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('dossier_id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('answers', sa.JSON(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['dossier_id'], ['dossier.id'], name=op.f('fk_checklist_dossier_id')),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_checklist_account_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_checklist')))
    op.create_index(op.f('ix_checklist_dossier_id'), 'checklist', ['dossier_id'])


def downgrade() -> None:
    unprotect(op.get_bind(), APPEND_ONLY)
    op.drop_table('checklist')
    op.drop_column('dossier', 'claims')
    for table in ('library_page', 'library_document', 'library_file'):
        op.drop_table(table)
