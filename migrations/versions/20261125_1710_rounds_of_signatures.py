"""signatures in rounds, so that a lapsed clearance of unchanged text can be renewed"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

from webapp.core.append_only import protect, unprotect

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    unprotect(op.get_bind(), ['signature'])
    with op.batch_alter_table('signature') as batch:
        batch.add_column(sa.Column('round', sa.Integer(), nullable=False, server_default='1'))
        batch.drop_constraint('uq_signature_dossier_id_account_id', type_='unique')
        batch.drop_constraint('uq_signature_dossier_id_role', type_='unique')
        batch.create_unique_constraint('uq_signature_dossier_id_round_role', ['dossier_id', 'round', 'role'])
        batch.create_unique_constraint('uq_signature_dossier_id_round_account_id', ['dossier_id', 'round', 'account_id'])
    protect(op.get_bind(), ['signature'])


def downgrade() -> None:
    renewed = op.get_bind().scalar(sa.text('SELECT count(*) FROM signature WHERE round > 1'))
    if renewed:
        raise CommandError(f'{renewed} signatures renew a clearance, which the older schema cannot hold')
    unprotect(op.get_bind(), ['signature'])
    with op.batch_alter_table('signature') as batch:
        batch.drop_constraint('uq_signature_dossier_id_round_role', type_='unique')
        batch.drop_constraint('uq_signature_dossier_id_round_account_id', type_='unique')
        batch.drop_column('round')
        batch.create_unique_constraint('uq_signature_dossier_id_account_id', ['dossier_id', 'account_id'])
        batch.create_unique_constraint('uq_signature_dossier_id_role', ['dossier_id', 'role'])
    protect(op.get_bind(), ['signature'])
