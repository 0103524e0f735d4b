"""dossiers keep what is signed besides the words: when a mail goes, from whom, and where it leads"""

import sqlalchemy as sa
from alembic import op

revision = '0034'
down_revision = '0033'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('dossier', sa.Column('facts', sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column('dossier', 'facts')
