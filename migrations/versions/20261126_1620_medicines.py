"""what medicines are called"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'medicine',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('slug', AutoString(), nullable=False),
        sa.Column('titles', sa.JSON(), nullable=False),
        sa.Column('synonyms', sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_medicine')),
        sa.UniqueConstraint('slug', name=op.f('uq_medicine_slug')))


def downgrade() -> None:
    op.drop_table('medicine')
