"""topics followed, pages saved, deliveries by person, and when an account was erased"""

import sqlalchemy as sa
from alembic import op

from webapp.core.db import UtcDateTime

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('account', sa.Column('erased_at', UtcDateTime(), nullable=True))
    op.create_index('ix_outgoing_person', 'outgoing', ['account_id', 'address'])
    op.create_table(
        'interest',
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('topic_id', sa.Integer(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_interest_account_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['topic_id'], ['topic.id'], name=op.f('fk_interest_topic_id')),
        sa.PrimaryKeyConstraint('account_id', 'topic_id', name=op.f('pk_interest')))
    op.create_table(
        'saved_page',
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('document_id', sa.Integer(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_saved_page_account_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_saved_page_document_id')),
        sa.PrimaryKeyConstraint('account_id', 'document_id', name=op.f('pk_saved_page')))


def downgrade() -> None:
    op.drop_table('saved_page')
    op.drop_table('interest')
    op.drop_index('ix_outgoing_person', 'outgoing')
    op.drop_column('account', 'erased_at')
