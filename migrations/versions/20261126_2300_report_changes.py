"""what a record for the accreditor said, so that one that changed goes again, and which of them take one back"""

import sqlalchemy as sa
from alembic import op

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A record of before says nothing of itself, so it goes once more: the accreditor knows it by its key."""
    op.add_column('cme_report_event', sa.Column('digest', sa.String(), nullable=False, server_default=''))
    op.add_column('cme_report_event', sa.Column('is_withdrawal', sa.Boolean(), nullable=False,
                                                server_default=sa.false()))


def downgrade() -> None:
    op.drop_column('cme_report_event', 'is_withdrawal')
    op.drop_column('cme_report_event', 'digest')
