"""verifications that are renewed before they fall due"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('verification', sa.Column('reminded_days', sa.Integer(), nullable=True))
    _hold_numbers("state IN ('verified', 'renewing')")


def downgrade() -> None:
    # Whoever renews is verified until the due day. The application that waits goes on as an event alone: they apply
    # again, as everybody did before.
    op.execute("UPDATE verification SET state = 'verified' WHERE state = 'renewing'")
    _hold_numbers("state = 'verified'")
    op.drop_column('verification', 'reminded_days')


def _hold_numbers(where: str) -> None:
    """Makes the index anew that lets a number be verified for one account alone."""
    op.drop_index('uq_verification_verified', table_name='verification')
    op.create_index('uq_verification_verified', 'verification', ['scheme', 'number'], unique=True,
                    sqlite_where=sa.text(where), postgresql_where=sa.text(where))
