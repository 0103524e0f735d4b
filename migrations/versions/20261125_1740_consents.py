"""consents for any purpose, with the words that were shown; adults; readings under a pseudonym; histories"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from webapp.core.append_only import protect, unprotect
from webapp.core.db import UtcDateTime

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

LEDGER = ('consent_entry',)
KEPT_DAYS = 1096
CONSENTED = {'sqlite_where': sa.text('is_consented = 1'), 'postgresql_where': sa.text('is_consented')}


def upgrade() -> None:
    connection = op.get_bind()
    op.add_column('account', sa.Column('is_adult', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute('UPDATE account SET is_adult = is_fictional')  # nobody else has said so
    unprotect(connection, LEDGER)
    for table in ('consent', 'consent_entry'):  # a purpose without a company is one of company 0
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(f'fk_{table}_company_id', type_='foreignkey')
    op.add_column('consent_entry', sa.Column('digest', AutoString(), nullable=False, server_default=''))
    protect(connection, LEDGER, kept_days=KEPT_DAYS)
    op.add_column('reading', sa.Column('is_consented', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index('ix_reading_consented', 'reading', ['visitor_key'], **CONSENTED)
    op.create_table(
        'reading_history',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', AutoString(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('subject_kind', AutoString(), nullable=False),
        sa.Column('subject_id', sa.Integer(), nullable=False),
        sa.Column('first_at', UtcDateTime(), nullable=False),
        sa.Column('last_at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_reading_history_account_id'),
                                ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_reading_history')),
        sa.UniqueConstraint('key', name=op.f('uq_reading_history_key')),
        sa.UniqueConstraint('account_id', 'subject_kind', 'subject_id', name='uq_reading_history_subject'))


def downgrade() -> None:
    connection = op.get_bind()
    op.drop_table('reading_history')
    op.drop_index('ix_reading_consented', 'reading')
    op.drop_column('reading', 'is_consented')
    unprotect(connection, LEDGER)
    op.drop_column('consent_entry', 'digest')
    for table in ('consent', 'consent_entry'):
        op.execute(f'DELETE FROM {table} WHERE company_id = 0')  # the schema before has no place for them
        with op.batch_alter_table(table) as batch:
            batch.create_foreign_key(f'fk_{table}_company_id', 'company', ['company_id'], ['id'])
    protect(connection, LEDGER)
    op.drop_column('account', 'is_adult')
