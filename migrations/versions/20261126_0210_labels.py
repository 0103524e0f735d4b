"""product labels, the claims of a revision, and flags where a newer label changed what a revision leans on"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from webapp.core.append_only import protect, unprotect
from webapp.core.db import UtcDateTime

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'label',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('set_id', AutoString(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('effective_on', sa.Date(), nullable=False),
        sa.Column('title', AutoString(), nullable=False),
        sa.Column('product', AutoString(), nullable=False),
        sa.Column('document_type', AutoString(), nullable=False),
        sa.Column('manufacturer', AutoString(), nullable=False),
        sa.Column('marketing_category', AutoString(), nullable=False),
        sa.Column('ingredients', sa.JSON(), nullable=False),
        sa.Column('sha256', AutoString(), nullable=False),
        sa.Column('imported_at', UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_label')),
        sa.UniqueConstraint('set_id', 'version', name=op.f('uq_label_set_id_version')))
    op.create_table(
        'label_section',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('label_id', sa.Integer(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('code', AutoString(), nullable=False),
        sa.Column('title', AutoString(), nullable=False),
        sa.Column('depth', sa.Integer(), nullable=False),
        sa.Column('text', AutoString(), nullable=False),
        sa.Column('digest', AutoString(), nullable=False),
        sa.ForeignKeyConstraint(['label_id'], ['label.id'], name=op.f('fk_label_section_label_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_label_section')),
        sa.UniqueConstraint('label_id', 'position', name=op.f('uq_label_section_label_id_position')))
    protect(op.get_bind(), ['label', 'label_section'])
    op.add_column('revision', sa.Column('claims', sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        'label_flag',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', AutoString(), nullable=False),
        sa.Column('document_id', sa.Integer(), nullable=False),
        sa.Column('revision_id', sa.Integer(), nullable=False),
        sa.Column('set_id', AutoString(), nullable=False),
        sa.Column('section', AutoString(), nullable=False),
        sa.Column('from_version', sa.Integer(), nullable=False),
        sa.Column('to_version', sa.Integer(), nullable=False),
        sa.Column('flagged_at', UtcDateTime(), nullable=False),
        sa.Column('closed_at', UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_label_flag_document_id')),
        sa.ForeignKeyConstraint(['revision_id'], ['revision.id'], name=op.f('fk_label_flag_revision_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_label_flag')),
        sa.UniqueConstraint('key', name=op.f('uq_label_flag_key')),
        sa.UniqueConstraint('revision_id', 'set_id', 'section', 'to_version',
                            name=op.f('uq_label_flag_revision_id_set_id_section_to_version')))
    op.create_index(op.f('ix_label_flag_document_id'), 'label_flag', ['document_id'])


def downgrade() -> None:
    op.drop_table('label_flag')
    op.drop_column('revision', 'claims')
    unprotect(op.get_bind(), ['label_section', 'label'])
    op.drop_table('label_section')
    op.drop_table('label')
