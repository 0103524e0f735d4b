"""when somebody first looked at a dossier; a revision's number of words, which nothing asked for, goes"""

import sqlalchemy as sa
from alembic import op

from webapp.core.db import UtcDateTime

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('look', sa.Column('first_at', UtcDateTime(), nullable=False,
                                    server_default=sa.text("'1970-01-01 00:00:00'")))
    op.execute('UPDATE look SET first_at = since')
    op.drop_column('revision', 'words')


def downgrade() -> None:
    op.add_column('revision', sa.Column('words', sa.Integer(), nullable=False, server_default='0'))
    op.drop_column('look', 'first_at')
