"""revisions keep the mandatory texts they were signed with"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('revision', sa.Column('mandatory_texts', sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column('revision', 'mandatory_texts')
