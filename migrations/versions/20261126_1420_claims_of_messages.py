"""the claims of campaign messages, and looks at them after a newer label changed what they lean on"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from webapp.core.db import UtcDateTime

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('campaign_message', sa.Column('claims', sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        'label_look',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('message_id', sa.Integer(), nullable=False),
        sa.Column('set_id', AutoString(), nullable=False),
        sa.Column('section', AutoString(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['message_id'], ['campaign_message.id'], name=op.f('fk_label_look_message_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_label_look')),
        sa.UniqueConstraint('message_id', 'set_id', 'section', 'version',
                            name=op.f('uq_label_look_message_id_set_id_section_version')))


def downgrade() -> None:
    op.drop_table('label_look')
    op.drop_column('campaign_message', 'claims')
