"""confirmed addresses, second factors, passkeys, sign-ins, invitations, who may sign"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from webapp.core.db import UtcDateTime

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

def columns() -> list[sa.Column]:
    return [
        sa.Column('confirmed_at', UtcDateTime(), nullable=True),
        sa.Column('tf_primary_method', AutoString(), nullable=True),
        sa.Column('tf_totp_secret', AutoString(), nullable=True),
        sa.Column('totp_counter', sa.Integer(), nullable=True),
        sa.Column('mf_recovery_codes', sa.JSON(), nullable=True),
        sa.Column('fs_webauthn_user_handle', AutoString(), nullable=True),
        sa.Column('identity_verified_at', UtcDateTime(), nullable=True),
        sa.Column('identity_verified_by', AutoString(), nullable=False, server_default=''),
        sa.Column('trained_at', UtcDateTime(), nullable=True),
        sa.Column('training', AutoString(), nullable=False, server_default=''),
    ]


def upgrade() -> None:
    for column in columns():  # one by one: a batch would make the table anew, and its children hang on it
        op.add_column('account', column)
    op.create_index(op.f('ix_account_fs_webauthn_user_handle'), 'account', ['fs_webauthn_user_handle'], unique=True)
    op.execute('UPDATE account SET confirmed_at = created_at')  # accounts were made by people who knew them
    op.create_table(
        'sign_in',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', AutoString(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('device', AutoString(), nullable=False),
        sa.Column('is_strong', sa.Boolean(), nullable=False),
        sa.Column('created_at', UtcDateTime(), nullable=False),
        sa.Column('seen_at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_sign_in_account_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in')),
        sa.UniqueConstraint('key', name=op.f('uq_sign_in_key')))
    op.create_index(op.f('ix_sign_in_account_id'), 'sign_in', ['account_id'])
    op.create_table(
        'passkey',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('name', AutoString(), nullable=False),
        sa.Column('credential_id', sa.LargeBinary(), nullable=False),
        sa.Column('public_key', sa.LargeBinary(), nullable=False),
        sa.Column('sign_count', sa.Integer(), nullable=False),
        sa.Column('usage', AutoString(), nullable=False),
        sa.Column('transports', sa.JSON(), nullable=True),
        sa.Column('extensions', AutoString(), nullable=True),
        sa.Column('backup_state', sa.Boolean(), nullable=False),
        sa.Column('device_type', AutoString(), nullable=False),
        sa.Column('lastuse_datetime', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_passkey_account_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_passkey')),
        sa.UniqueConstraint('credential_id', name=op.f('uq_passkey_credential_id')))
    op.create_index(op.f('ix_passkey_account_id'), 'passkey', ['account_id'])
    op.create_table(
        'invitation',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', AutoString(), nullable=False),
        sa.Column('email', AutoString(), nullable=False),
        sa.Column('role', AutoString(), nullable=False),
        sa.Column('company_id', sa.Integer(), nullable=True),
        sa.Column('language', AutoString(), nullable=False),
        sa.Column('invited_by', sa.Integer(), nullable=True),
        sa.Column('created_at', UtcDateTime(), nullable=False),
        sa.Column('expires_at', UtcDateTime(), nullable=False),
        sa.Column('used_at', UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_invitation_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_invitation')),
        sa.UniqueConstraint('key', name=op.f('uq_invitation_key')))
    op.create_index(op.f('ix_invitation_company_id'), 'invitation', ['company_id'])


def downgrade() -> None:
    op.drop_table('invitation')
    op.drop_table('passkey')
    op.drop_table('sign_in')
    op.drop_index(op.f('ix_account_fs_webauthn_user_handle'), 'account')
    for column in reversed(columns()):
        op.drop_column('account', column.name)
