"""releases of MedDRA that cases are coded with"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from webapp.core.db import UtcDateTime

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'safety_dictionary',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('version', AutoString(), nullable=False),
        sa.Column('language', AutoString(), nullable=False),
        sa.Column('loaded_at', UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_safety_dictionary')),
        sa.UniqueConstraint('version', 'language', name=op.f('uq_safety_dictionary_version_language')))
    op.create_table(
        'safety_term',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('dictionary_id', sa.Integer(), nullable=False),
        sa.Column('code', sa.Integer(), nullable=False),
        sa.Column('name', AutoString(), nullable=False),
        sa.Column('folded', AutoString(), nullable=False),
        sa.Column('preferred', sa.Integer(), nullable=False),
        sa.Column('is_current', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['dictionary_id'], ['safety_dictionary.id'],
                                name=op.f('fk_safety_term_dictionary_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_safety_term')),
        sa.UniqueConstraint('dictionary_id', 'code', name=op.f('uq_safety_term_dictionary_id_code')))


def downgrade() -> None:
    op.drop_table('safety_term')
    op.drop_table('safety_dictionary')
