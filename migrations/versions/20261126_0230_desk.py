"""the bytes of content's files, and drafts of them"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from webapp.core.db import UtcDateTime

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'source_text',
        sa.Column('sha256', AutoString(), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint('sha256', name=op.f('pk_source_text')))
    with op.batch_alter_table('source_file') as batch:
        batch.add_column(sa.Column('sha256', AutoString(), nullable=True))
        batch.add_column(sa.Column('replaced', AutoString(), nullable=True))
        batch.create_foreign_key(op.f('fk_source_file_sha256'), 'source_text', ['sha256'], ['sha256'])
    op.create_table(
        'draft',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', AutoString(), nullable=False),
        sa.Column('path', AutoString(), nullable=False),
        sa.Column('base', AutoString(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('state', AutoString(), nullable=False),
        sa.Column('saved_at', UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_draft')),
        sa.UniqueConstraint('key', name=op.f('uq_draft_key')),
        sa.UniqueConstraint('path', name=op.f('uq_draft_path')))
    op.create_table(
        'draft_save',
        sa.Column('draft_id', sa.Integer(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('began_at', UtcDateTime(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['draft_id'], ['draft.id'], name=op.f('fk_draft_save_draft_id')),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_draft_save_account_id')),
        sa.PrimaryKeyConstraint('draft_id', 'version', name=op.f('pk_draft_save')))
    op.create_index('ix_draft_save_account_id', 'draft_save', ['account_id'])
    op.create_table(
        'draft_picture',
        sa.Column('path', AutoString(), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_draft_picture_account_id')),
        sa.PrimaryKeyConstraint('path', name=op.f('pk_draft_picture')))
    op.create_index('ix_draft_picture_account_id', 'draft_picture', ['account_id'])


def downgrade() -> None:
    for table in ('draft_picture', 'draft_save', 'draft'):
        op.drop_table(table)
    op.execute("DELETE FROM source_file WHERE fingerprint = ''")
    with op.batch_alter_table('source_file') as batch:
        batch.drop_constraint(op.f('fk_source_file_sha256'), type_='foreignkey')
        batch.drop_column('replaced')
        batch.drop_column('sha256')
    op.drop_table('source_text')
