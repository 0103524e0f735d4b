"""messages keep the mandatory texts they are signed with"""

import sqlalchemy as sa
from alembic import op

revision = '0033'
down_revision = '0032'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A message of before keeps none and its digest as it was signed; what of it has not left waits for them."""
    op.add_column('campaign_message', sa.Column('mandatory_texts', sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column('campaign_message', 'mandatory_texts')
