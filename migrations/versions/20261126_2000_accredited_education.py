"""accredited education: activities, learners, certificates"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from webapp.core.append_only import protect, unprotect
from webapp.core.db import UtcDateTime

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None

APPEND_ONLY = ('cme_version', 'cme_section', 'cme_publish_entry', 'cme_step', 'cme_claim',
               'cme_report_event', 'cme_report_year', 'cme_release', 'cme_release_export', 'cme_money')
CERTIFICATES = ('cme_certificate', 'cme_certificate_event')
KEPT_DAYS = 6 * 365 + 2  # accreditors ask for six years; two of them have a day more
FIRST = {'sqlite_where': sa.text('supersedes_id IS NULL'), 'postgresql_where': sa.text('supersedes_id IS NULL')}


def upgrade() -> None:
    _create_cme_activity()
    _create_cme_external_credit()
    _create_cme_version()
    _create_cme_heard()
    _create_cme_participation()
    _create_cme_publish_entry()
    _create_cme_section()
    _create_cme_attempt()
    _create_cme_certificate()
    _create_cme_claim()
    _create_cme_evaluation()
    _create_cme_step()
    _create_cme_answer()
    _create_cme_certificate_event()
    _create_cme_count()
    _create_cme_item_tally()
    _create_cme_gain_tally()
    _create_cme_reporting()
    _create_cme_report_event()
    _create_cme_report_year()
    _create_cme_follow_up()
    _create_cme_no_follow_up()
    _create_cme_release()
    _create_cme_release_export()
    _create_cme_money()
    protect(op.get_bind(), APPEND_ONLY)
    protect(op.get_bind(), CERTIFICATES, kept_days=KEPT_DAYS)


def _create_cme_activity() -> None:
    op.create_table(
        'cme_activity',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', AutoString(), nullable=False),
        sa.Column('slug', AutoString(), nullable=False),
        sa.Column('live_version_id', sa.Integer(), nullable=True),
        sa.Column('clearance', AutoString(), nullable=True),
        sa.Column('ended_at', UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cme_activity')),
        sa.UniqueConstraint('key', name=op.f('uq_cme_activity_key')),
        sa.UniqueConstraint('slug', name=op.f('uq_cme_activity_slug')))


def _create_cme_external_credit() -> None:
    op.create_table(
        'cme_external_credit',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', AutoString(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('title', AutoString(), nullable=False),
        sa.Column('provider', AutoString(), nullable=False),
        sa.Column('system', AutoString(), nullable=False),
        sa.Column('amount', sa.Numeric(precision=6, scale=2), nullable=False),
        sa.Column('on', sa.Date(), nullable=False),
        sa.Column('is_self_study', sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_cme_external_credit_account_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cme_external_credit')),
        sa.UniqueConstraint('key', name=op.f('uq_cme_external_credit_key')))
    op.create_index(op.f('ix_cme_external_credit_account_id'), 'cme_external_credit', ['account_id'], unique=False)


def _create_cme_version() -> None:
    op.create_table(
        'cme_version',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', AutoString(), nullable=False),
        sa.Column('activity_id', sa.Integer(), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('digest', AutoString(), nullable=False),
        sa.Column('about', sa.JSON(), nullable=False),
        sa.Column('assessment', sa.JSON(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['activity_id'], ['cme_activity.id'], name=op.f('fk_cme_version_activity_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cme_version')),
        sa.UniqueConstraint('activity_id', 'digest', name=op.f('uq_cme_version_activity_id_digest')),
        sa.UniqueConstraint('activity_id', 'number', name=op.f('uq_cme_version_activity_id_number')),
        sa.UniqueConstraint('key', name=op.f('uq_cme_version_key')))


def _create_cme_heard() -> None:
    op.create_table(
        'cme_heard',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', AutoString(), nullable=False),
        sa.Column('version_id', sa.Integer(), nullable=False),
        sa.Column('language', AutoString(), nullable=False),
        sa.Column('market', AutoString(), nullable=False),
        sa.Column('words', AutoString(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.Column('may_pass_on', sa.Boolean(), nullable=True),
        sa.Column('closed_at', UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(['version_id'], ['cme_version.id'], name=op.f('fk_cme_heard_version_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cme_heard')),
        sa.UniqueConstraint('key', name=op.f('uq_cme_heard_key')))
    op.create_index(op.f('ix_cme_heard_version_id'), 'cme_heard', ['version_id'], unique=False)


def _create_cme_participation() -> None:
    op.create_table(
        'cme_participation',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', AutoString(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=True),
        sa.Column('version_id', sa.Integer(), nullable=False),
        sa.Column('language', AutoString(), nullable=False),
        sa.Column('profession', AutoString(), nullable=False),
        sa.Column('is_verified', sa.Boolean(), nullable=False),
        sa.Column('begun_at', UtcDateTime(), nullable=False),
        sa.Column('completed_at', UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_cme_participation_account_id')),
        sa.ForeignKeyConstraint(['version_id'], ['cme_version.id'], name=op.f('fk_cme_participation_version_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cme_participation')),
        sa.UniqueConstraint('account_id', 'version_id', name=op.f('uq_cme_participation_account_id_version_id')),
        sa.UniqueConstraint('key', name=op.f('uq_cme_participation_key')))
    op.create_index(op.f('ix_cme_participation_account_id'), 'cme_participation', ['account_id'], unique=False)
    op.create_index(op.f('ix_cme_participation_completed_at'), 'cme_participation', ['completed_at'], unique=False)
    op.create_index(op.f('ix_cme_participation_version_id'), 'cme_participation', ['version_id'], unique=False)


def _create_cme_publish_entry() -> None:
    op.create_table(
        'cme_publish_entry',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('activity_id', sa.Integer(), nullable=False),
        sa.Column('version_id', sa.Integer(), nullable=False),
        sa.Column('action', AutoString(), nullable=False),
        sa.Column('clearance', AutoString(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=True),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['activity_id'], ['cme_activity.id'], name=op.f('fk_cme_publish_entry_activity_id')),
        sa.ForeignKeyConstraint(['version_id'], ['cme_version.id'], name=op.f('fk_cme_publish_entry_version_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cme_publish_entry')))
    op.create_index(op.f('ix_cme_publish_entry_activity_id'), 'cme_publish_entry', ['activity_id'], unique=False)
    op.create_index(op.f('ix_cme_publish_entry_version_id'), 'cme_publish_entry', ['version_id'], unique=False)


def _create_cme_section() -> None:
    op.create_table(
        'cme_section',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('version_id', sa.Integer(), nullable=False),
        sa.Column('language', AutoString(), nullable=False),
        sa.Column('place', sa.Integer(), nullable=False),
        sa.Column('name', AutoString(), nullable=False),
        sa.Column('title', AutoString(), nullable=False),
        sa.Column('objectives', sa.JSON(), nullable=False),
        sa.Column('source', AutoString(), nullable=False),
        sa.Column('body_html', AutoString(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['version_id'], ['cme_version.id'], name=op.f('fk_cme_section_version_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cme_section')),
        sa.UniqueConstraint('version_id', 'language', 'place', name=op.f('uq_cme_section_version_id_language_place')))


def _create_cme_attempt() -> None:
    op.create_table(
        'cme_attempt',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', AutoString(), nullable=False),
        sa.Column('participation_id', sa.Integer(), nullable=False),
        sa.Column('test', AutoString(), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('items', sa.JSON(), nullable=False),
        sa.Column('begun_at', UtcDateTime(), nullable=False),
        sa.Column('submitted_at', UtcDateTime(), nullable=True),
        sa.Column('right_items', sa.Integer(), nullable=True),
        sa.Column('is_passed', sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(['participation_id'], ['cme_participation.id'],
                                name=op.f('fk_cme_attempt_participation_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cme_attempt')),
        sa.UniqueConstraint('key', name=op.f('uq_cme_attempt_key')),
        sa.UniqueConstraint('participation_id', 'test', 'number',
                            name=op.f('uq_cme_attempt_participation_id_test_number')))


def _create_cme_certificate() -> None:
    op.create_table(
        'cme_certificate',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('code', AutoString(), nullable=False),
        sa.Column('participation_id', sa.Integer(), nullable=False),
        sa.Column('kind', AutoString(), nullable=False),
        sa.Column('name', AutoString(), nullable=False),
        sa.Column('facts', sa.JSON(), nullable=False),
        sa.Column('sha256', AutoString(), nullable=False),
        sa.Column('pdf', sa.LargeBinary(), nullable=False),
        sa.Column('supersedes_id', sa.Integer(), nullable=True),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['participation_id'], ['cme_participation.id'],
                                name=op.f('fk_cme_certificate_participation_id')),
        sa.ForeignKeyConstraint(['supersedes_id'], ['cme_certificate.id'],
                                name=op.f('fk_cme_certificate_supersedes_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cme_certificate')),
        sa.UniqueConstraint('code', name=op.f('uq_cme_certificate_code')),
        sa.UniqueConstraint('supersedes_id', name=op.f('uq_cme_certificate_supersedes_id')))
    op.create_index(op.f('ix_cme_certificate_participation_id'), 'cme_certificate', ['participation_id'], unique=False)
    op.create_index('uq_cme_certificate_first', 'cme_certificate', ['participation_id'], unique=True, **FIRST)


def _create_cme_claim() -> None:
    op.create_table(
        'cme_claim',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('participation_id', sa.Integer(), nullable=False),
        sa.Column('system', AutoString(), nullable=False),
        sa.Column('amount', sa.Numeric(precision=6, scale=2), nullable=False),
        sa.Column('is_accredited', sa.Boolean(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['participation_id'], ['cme_participation.id'],
                                name=op.f('fk_cme_claim_participation_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cme_claim')),
        sa.UniqueConstraint('participation_id', 'system', name=op.f('uq_cme_claim_participation_id_system')))


def _create_cme_evaluation() -> None:
    op.create_table(
        'cme_evaluation',
        sa.Column('participation_id', sa.Integer(), nullable=False),
        sa.Column('answers', sa.JSON(), nullable=False),
        sa.Column('words', sa.JSON(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['participation_id'], ['cme_participation.id'],
                                name=op.f('fk_cme_evaluation_participation_id')),
        sa.PrimaryKeyConstraint('participation_id', name=op.f('pk_cme_evaluation')))


def _create_cme_step() -> None:
    op.create_table(
        'cme_step',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('participation_id', sa.Integer(), nullable=False),
        sa.Column('step', AutoString(), nullable=False),
        sa.Column('part', AutoString(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['participation_id'], ['cme_participation.id'],
                                name=op.f('fk_cme_step_participation_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cme_step')),
        sa.UniqueConstraint('participation_id', 'step', 'part', name=op.f('uq_cme_step_participation_id_step_part')))


def _create_cme_answer() -> None:
    op.create_table(
        'cme_answer',
        sa.Column('attempt_id', sa.Integer(), nullable=False),
        sa.Column('place', sa.Integer(), nullable=False),
        sa.Column('question', AutoString(), nullable=False),
        sa.Column('given', sa.JSON(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.Column('is_right', sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(['attempt_id'], ['cme_attempt.id'], name=op.f('fk_cme_answer_attempt_id')),
        sa.PrimaryKeyConstraint('attempt_id', 'place', name=op.f('pk_cme_answer')))


def _create_cme_certificate_event() -> None:
    op.create_table(
        'cme_certificate_event',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('certificate_id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=True),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['certificate_id'], ['cme_certificate.id'],
                                name=op.f('fk_cme_certificate_event_certificate_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cme_certificate_event')),
        sa.UniqueConstraint('certificate_id', name=op.f('uq_cme_certificate_event_certificate_id')))


def _create_cme_count() -> None:
    op.create_table(
        'cme_count',
        sa.Column('version_id', sa.Integer(), nullable=False),
        sa.Column('what', AutoString(), nullable=False),
        sa.Column('which', AutoString(), nullable=False),
        sa.Column('people', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['version_id'], ['cme_version.id'], name=op.f('fk_cme_count_version_id')),
        sa.PrimaryKeyConstraint('version_id', 'what', 'which', name=op.f('pk_cme_count')))


def _create_cme_item_tally() -> None:
    op.create_table(
        'cme_item_tally',
        sa.Column('version_id', sa.Integer(), nullable=False),
        sa.Column('test', AutoString(), nullable=False),
        sa.Column('question', AutoString(), nullable=False),
        sa.Column('asked', sa.Integer(), nullable=False),
        sa.Column('right', sa.Integer(), nullable=False),
        sa.Column('compared', sa.Integer(), nullable=False),
        sa.Column('compared_right', sa.Integer(), nullable=False),
        sa.Column('rest', sa.Float(), nullable=False),
        sa.Column('rest_squares', sa.Float(), nullable=False),
        sa.Column('rest_of_right', sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(['version_id'], ['cme_version.id'], name=op.f('fk_cme_item_tally_version_id')),
        sa.PrimaryKeyConstraint('version_id', 'test', 'question', name=op.f('pk_cme_item_tally')))


def _create_cme_gain_tally() -> None:
    op.create_table(
        'cme_gain_tally',
        sa.Column('version_id', sa.Integer(), nullable=False),
        sa.Column('scope', AutoString(), nullable=False),
        sa.Column('learners', sa.Integer(), nullable=False),
        sa.Column('before', sa.Float(), nullable=False),
        sa.Column('after', sa.Float(), nullable=False),
        sa.Column('squares', sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(['version_id'], ['cme_version.id'], name=op.f('fk_cme_gain_tally_version_id')),
        sa.PrimaryKeyConstraint('version_id', 'scope', name=op.f('pk_cme_gain_tally')))


def _create_cme_reporting() -> None:
    op.create_table(
        'cme_reporting',
        sa.Column('participation_id', sa.Integer(), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=False),
        sa.Column('wording', sa.Integer(), nullable=False),
        sa.Column('language', AutoString(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['participation_id'], ['cme_participation.id'],
                                name=op.f('fk_cme_reporting_participation_id')),
        sa.PrimaryKeyConstraint('participation_id', name=op.f('pk_cme_reporting')))


def _create_cme_report_event() -> None:
    op.create_table(
        'cme_report_event',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('activity_id', sa.Integer(), nullable=False),
        sa.Column('participation_id', sa.Integer(), nullable=True),
        sa.Column('year', sa.Integer(), nullable=False),
        sa.Column('state', AutoString(), nullable=False),
        sa.Column('answer', AutoString(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['activity_id'], ['cme_activity.id'], name=op.f('fk_cme_report_event_activity_id')),
        sa.ForeignKeyConstraint(['participation_id'], ['cme_participation.id'],
                                name=op.f('fk_cme_report_event_participation_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cme_report_event')))
    op.create_index(op.f('ix_cme_report_event_activity_id'), 'cme_report_event', ['activity_id'], unique=False)
    op.create_index(op.f('ix_cme_report_event_participation_id'), 'cme_report_event', ['participation_id'],
                    unique=False)


def _create_cme_report_year() -> None:
    op.create_table(
        'cme_report_year',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('year', sa.Integer(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cme_report_year')),
        sa.UniqueConstraint('year', name=op.f('uq_cme_report_year_year')))


def _create_cme_follow_up() -> None:
    op.create_table(
        'cme_follow_up',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('code', AutoString(), nullable=False),
        sa.Column('participation_id', sa.Integer(), nullable=False),
        sa.Column('asked_at', UtcDateTime(), nullable=False),
        sa.Column('answered_at', UtcDateTime(), nullable=True),
        sa.Column('answers', sa.JSON(), nullable=False),
        sa.Column('words', AutoString(), nullable=False),
        sa.ForeignKeyConstraint(['participation_id'], ['cme_participation.id'],
                                name=op.f('fk_cme_follow_up_participation_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cme_follow_up')),
        sa.UniqueConstraint('code', name=op.f('uq_cme_follow_up_code')),
        sa.UniqueConstraint('participation_id', name=op.f('uq_cme_follow_up_participation_id')))


def _create_cme_no_follow_up() -> None:
    op.create_table(
        'cme_no_follow_up',
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_cme_no_follow_up_account_id')),
        sa.PrimaryKeyConstraint('account_id', name=op.f('pk_cme_no_follow_up')))


def _create_cme_release() -> None:
    op.create_table(
        'cme_release',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', AutoString(), nullable=False),
        sa.Column('activity_id', sa.Integer(), nullable=False),
        sa.Column('period', AutoString(), nullable=False),
        sa.Column('companies', sa.JSON(), nullable=False),
        sa.Column('content', sa.JSON(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['activity_id'], ['cme_activity.id'], name=op.f('fk_cme_release_activity_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cme_release')),
        sa.UniqueConstraint('activity_id', 'period', name=op.f('uq_cme_release_activity_id_period')),
        sa.UniqueConstraint('key', name=op.f('uq_cme_release_key')))


def _create_cme_release_export() -> None:
    op.create_table(
        'cme_release_export',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('release_id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['release_id'], ['cme_release.id'], name=op.f('fk_cme_release_export_release_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cme_release_export')))
    op.create_index(op.f('ix_cme_release_export_release_id'), 'cme_release_export', ['release_id'], unique=False)


def _create_cme_money() -> None:
    op.create_table(
        'cme_money',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('activity_id', sa.Integer(), nullable=False),
        sa.Column('kind', AutoString(), nullable=False),
        sa.Column('party', AutoString(), nullable=False),
        sa.Column('amount', sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column('currency', AutoString(), nullable=False),
        sa.Column('on', sa.Date(), nullable=False),
        sa.Column('agreed_on', sa.Date(), nullable=True),
        sa.Column('at', UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(['activity_id'], ['cme_activity.id'], name=op.f('fk_cme_money_activity_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cme_money')))
    op.create_index(op.f('ix_cme_money_activity_id'), 'cme_money', ['activity_id'], unique=False)


def downgrade() -> None:
    unprotect(op.get_bind(), (*APPEND_ONLY, *CERTIFICATES))
    op.drop_index(op.f('ix_cme_money_activity_id'), table_name='cme_money')
    op.drop_table('cme_money')
    op.drop_index(op.f('ix_cme_release_export_release_id'), table_name='cme_release_export')
    op.drop_table('cme_release_export')
    op.drop_table('cme_release')
    op.drop_table('cme_no_follow_up')
    op.drop_table('cme_follow_up')
    op.drop_table('cme_report_year')
    op.drop_index(op.f('ix_cme_report_event_activity_id'), table_name='cme_report_event')
    op.drop_index(op.f('ix_cme_report_event_participation_id'), table_name='cme_report_event')
    op.drop_table('cme_report_event')
    op.drop_table('cme_reporting')
    op.drop_table('cme_gain_tally')
    op.drop_table('cme_item_tally')
    op.drop_table('cme_count')
    op.drop_table('cme_certificate_event')
    op.drop_table('cme_answer')
    op.drop_table('cme_step')
    op.drop_table('cme_evaluation')
    op.drop_table('cme_claim')
    op.drop_index('uq_cme_certificate_first', table_name='cme_certificate', **FIRST)
    op.drop_index(op.f('ix_cme_certificate_participation_id'), table_name='cme_certificate')
    op.drop_table('cme_certificate')
    op.drop_table('cme_attempt')
    op.drop_table('cme_section')
    op.drop_index(op.f('ix_cme_publish_entry_version_id'), table_name='cme_publish_entry')
    op.drop_index(op.f('ix_cme_publish_entry_activity_id'), table_name='cme_publish_entry')
    op.drop_table('cme_publish_entry')
    op.drop_index(op.f('ix_cme_participation_version_id'), table_name='cme_participation')
    op.drop_index(op.f('ix_cme_participation_completed_at'), table_name='cme_participation')
    op.drop_index(op.f('ix_cme_participation_account_id'), table_name='cme_participation')
    op.drop_table('cme_participation')
    op.drop_index(op.f('ix_cme_heard_version_id'), table_name='cme_heard')
    op.drop_table('cme_heard')
    op.drop_table('cme_version')
    op.drop_index(op.f('ix_cme_external_credit_account_id'), table_name='cme_external_credit')
    op.drop_table('cme_external_credit')
    op.drop_table('cme_activity')
