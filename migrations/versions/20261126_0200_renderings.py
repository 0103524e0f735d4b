"""bodies rendered anew, which one signature accepts"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from webapp.core.db import UtcDateTime

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'rendering_batch',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('rendering_digest', AutoString(), nullable=False),
        sa.Column('digest', AutoString(), nullable=False),
        sa.Column('opened_at', UtcDateTime(), nullable=False),
        sa.Column('accepted_at', UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_rendering_batch')))
    op.create_table(
        'style_sheet',
        sa.Column('rendering_digest', AutoString(), nullable=False),
        sa.Column('sha256', AutoString(), nullable=False),
        sa.ForeignKeyConstraint(['sha256'], ['asset.sha256'], name=op.f('fk_style_sheet_sha256')),
        sa.PrimaryKeyConstraint('rendering_digest', name=op.f('pk_style_sheet')))
    op.create_table(
        'rendering',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('revision_id', sa.Integer(), nullable=False),
        sa.Column('rendering_digest', AutoString(), nullable=False),
        sa.Column('body_html', AutoString(), nullable=False),
        sa.Column('contents', sa.JSON(), nullable=False),
        sa.Column('references', sa.JSON(), nullable=False),
        sa.Column('batch_id', sa.Integer(), nullable=True),
        sa.Column('made_at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['revision_id'], ['revision.id'], name=op.f('fk_rendering_revision_id')),
        sa.ForeignKeyConstraint(['batch_id'], ['rendering_batch.id'], name=op.f('fk_rendering_batch_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_rendering')),
        sa.UniqueConstraint('revision_id', 'rendering_digest', name=op.f('uq_rendering_revision_id_rendering_digest')))
    op.create_index(op.f('ix_rendering_batch_id'), 'rendering', ['batch_id'])


def downgrade() -> None:
    for table in ('rendering', 'style_sheet', 'rendering_batch'):
        op.drop_table(table)
    op.execute("DELETE FROM asset WHERE media_type = 'text/css'")
