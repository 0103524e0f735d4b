"""the digest of the text that a revision was made from, which translations record"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('revision', sa.Column('text_digest', AutoString(), nullable=True))


def downgrade() -> None:
    op.drop_column('revision', 'text_digest')
