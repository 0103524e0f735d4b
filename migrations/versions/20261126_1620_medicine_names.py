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
        'medicine_name',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('medicine', AutoString(), nullable=False),
        sa.Column('language', AutoString(), nullable=False),
        sa.Column('name', AutoString(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_medicine_name')),
        sa.UniqueConstraint('medicine', 'language', 'name', name=op.f('uq_medicine_name_medicine_language_name')))


def downgrade() -> None:
    op.drop_table('medicine_name')
