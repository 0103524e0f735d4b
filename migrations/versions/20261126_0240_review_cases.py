"""review as cases: material IDs, versions, assignments, comments, requests for changes, guests"""

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError
from sqlmodel.sql.sqltypes import AutoString

from webapp.core.append_only import protect, unprotect
from webapp.core.db import UtcDateTime

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

APPEND_ONLY = ('material', 'change_request')
OLD = 'uq_dossier_subject_kind_subject_id_digest'
NEW = 'uq_dossier_subject_kind_subject_id_version'


def upgrade() -> None:
    unprotect(op.get_bind(), ['dossier'])
    for column in (sa.Column('version', sa.Integer(), nullable=False, server_default='1'),
                   sa.Column('language', AutoString(), nullable=False, server_default=''),
                   sa.Column('certificate', AutoString(), nullable=False, server_default=''),
                   sa.Column('due_at', UtcDateTime(), nullable=True),
                   sa.Column('valid_days', sa.Integer(), nullable=False, server_default='365')):
        op.add_column('dossier', column)
    op.add_column('signature', sa.Column('reason', AutoString(), nullable=False, server_default=''))
    op.execute('UPDATE dossier SET version = (SELECT count(*) FROM dossier AS earlier WHERE earlier.id <= dossier.id'
               ' AND earlier.subject_kind = dossier.subject_kind AND earlier.subject_id = dossier.subject_id)')
    with op.batch_alter_table('dossier') as batch:
        batch.drop_constraint(OLD, type_='unique')
        batch.create_unique_constraint(NEW, ['subject_kind', 'subject_id', 'version'])
        batch.create_index('ix_dossier_digest', ['subject_kind', 'subject_id', 'digest'])
    protect(op.get_bind(), ['dossier'])
    _create_material()
    _create_requests_and_assignments()
    _create_look_and_guest()
    _create_comment()
    protect(op.get_bind(), APPEND_ONLY)


def _create_material() -> None:
    op.create_table(
        'material',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('subject_kind', AutoString(), nullable=False),
        sa.Column('subject_id', sa.Integer(), nullable=False),
        sa.Column('allotted_at', UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_material')),
        sa.UniqueConstraint('subject_kind', 'subject_id', name=op.f('uq_material_subject_kind_subject_id')))
    op.execute('INSERT INTO material (subject_kind, subject_id, allotted_at) SELECT subject_kind, subject_id,'
               ' submitted_at FROM dossier WHERE version = 1 ORDER BY id')


def _create_requests_and_assignments() -> None:
    op.create_table(
        'change_request',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('dossier_id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('role', AutoString(), nullable=False),
        sa.Column('words', AutoString(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['dossier_id'], ['dossier.id'], name=op.f('fk_change_request_dossier_id')),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_change_request_account_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_change_request')))
    op.create_index(op.f('ix_change_request_dossier_id'), 'change_request', ['dossier_id'])
    op.create_table(
        'assignment',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('dossier_id', sa.Integer(), nullable=False),
        sa.Column('role', AutoString(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('delegated_from', sa.Integer(), nullable=True),
        sa.Column('due_at', UtcDateTime(), nullable=True),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['dossier_id'], ['dossier.id'], name=op.f('fk_assignment_dossier_id')),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_assignment_account_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_assignment')),
        sa.UniqueConstraint('dossier_id', 'role', name=op.f('uq_assignment_dossier_id_role')),
        sa.UniqueConstraint('dossier_id', 'account_id', name=op.f('uq_assignment_dossier_id_account_id')))
    op.create_index(op.f('ix_assignment_account_id'), 'assignment', ['account_id'])


def _create_look_and_guest() -> None:
    op.create_table(
        'look',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('dossier_id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('since', UtcDateTime(), nullable=False),
        sa.Column('until', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['dossier_id'], ['dossier.id'], name=op.f('fk_look_dossier_id')),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_look_account_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_look')),
        sa.UniqueConstraint('dossier_id', 'account_id', name=op.f('uq_look_dossier_id_account_id')))
    op.create_table(
        'guest',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', AutoString(), nullable=False),
        sa.Column('code', AutoString(), nullable=False),
        sa.Column('dossier_id', sa.Integer(), nullable=False),
        sa.Column('name', AutoString(), nullable=False),
        sa.Column('invited_by', sa.Integer(), nullable=False),
        sa.Column('created_at', UtcDateTime(), nullable=False),
        sa.Column('expires_at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['dossier_id'], ['dossier.id'], name=op.f('fk_guest_dossier_id')),
        sa.ForeignKeyConstraint(['invited_by'], ['account.id'], name=op.f('fk_guest_invited_by')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_guest')),
        sa.UniqueConstraint('key', name=op.f('uq_guest_key')),
        sa.UniqueConstraint('code', name=op.f('uq_guest_code')))
    op.create_index(op.f('ix_guest_dossier_id'), 'guest', ['dossier_id'])


def _create_comment() -> None:
    op.create_table(
        'comment',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', AutoString(), nullable=False),
        sa.Column('dossier_id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=True),
        sa.Column('guest_id', sa.Integer(), nullable=True),
        sa.Column('kind', AutoString(), nullable=False),
        sa.Column('words', AutoString(), nullable=False),
        sa.Column('quote', AutoString(), nullable=False),
        sa.Column('prefix', AutoString(), nullable=False),
        sa.Column('suffix', AutoString(), nullable=False),
        sa.Column('offset', sa.Integer(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.Column('answer', AutoString(), nullable=False),
        sa.Column('answered_by', sa.Integer(), nullable=True),
        sa.Column('answered_at', UtcDateTime(), nullable=True),
        sa.Column('closed_by', sa.Integer(), nullable=True),
        sa.Column('closed_at', UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(['dossier_id'], ['dossier.id'], name=op.f('fk_comment_dossier_id')),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_comment_account_id')),
        sa.ForeignKeyConstraint(['guest_id'], ['guest.id'], name=op.f('fk_comment_guest_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_comment')),
        sa.UniqueConstraint('key', name=op.f('uq_comment_key')))
    op.create_index(op.f('ix_comment_dossier_id'), 'comment', ['dossier_id'])


def downgrade() -> None:
    again = op.get_bind().scalar(sa.text(
        'SELECT count(*) FROM (SELECT 1 FROM dossier GROUP BY subject_kind, subject_id, digest HAVING count(*) > 1) d'))
    if again:
        raise CommandError(f'{again} texts came back to review unchanged, which the older schema cannot hold')
    unprotect(op.get_bind(), APPEND_ONLY)
    for table in ('comment', 'guest', 'look', 'assignment', 'change_request', 'material'):
        op.drop_table(table)
    unprotect(op.get_bind(), ['dossier', 'signature'])
    with op.batch_alter_table('dossier') as batch:
        batch.drop_index('ix_dossier_digest')
        batch.drop_constraint(NEW, type_='unique')
        batch.create_unique_constraint(OLD, ['subject_kind', 'subject_id', 'digest'])
        for column in ('version', 'language', 'certificate', 'due_at', 'valid_days'):
            batch.drop_column(column)
    with op.batch_alter_table('signature') as batch:
        batch.drop_column('reason')
    protect(op.get_bind(), ['dossier', 'signature'])
