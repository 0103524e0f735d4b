"""first tables"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from webapp.core.append_only import protect, unprotect
from webapp.core.db import UtcDateTime

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


APPEND_ONLY = ("consent_entry", "dossier", "signature", "revision", "publish_entry", "export_entry")


def upgrade() -> None:
    op.create_table('account',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', AutoString(), nullable=False),
    sa.Column('email', AutoString(), nullable=False),
    sa.Column('password', AutoString(), nullable=False),
    sa.Column('fs_uniquifier', AutoString(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('name', AutoString(), nullable=False),
    sa.Column('kind', AutoString(), nullable=False),
    sa.Column('language', AutoString(), nullable=False),
    sa.Column('market', AutoString(), nullable=False),
    sa.Column('time_zone', AutoString(), nullable=False),
    sa.Column('is_fictional', sa.Boolean(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    sa.UniqueConstraint('email', name=op.f('uq_account_email')),
    sa.UniqueConstraint('fs_uniquifier', name=op.f('uq_account_fs_uniquifier')),
    sa.UniqueConstraint('key', name=op.f('uq_account_key'))
    )
    op.create_table('asset',
    sa.Column('sha256', AutoString(), nullable=False),
    sa.Column('media_type', AutoString(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_asset'))
    )
    op.create_table('company',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', AutoString(), nullable=False),
    sa.Column('name', AutoString(), nullable=False),
    sa.Column('is_fictional', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_company')),
    sa.UniqueConstraint('key', name=op.f('uq_company_key')),
    sa.UniqueConstraint('name', name=op.f('uq_company_name'))
    )
    op.create_table('daily_salt',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('salt', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_daily_salt'))
    )
    op.create_table('dirty_day',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('touched_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_dirty_day'))
    )
    op.create_table('dossier',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', AutoString(), nullable=False),
    sa.Column('subject_kind', AutoString(), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=False),
    sa.Column('digest', AutoString(), nullable=False),
    sa.Column('title', AutoString(), nullable=False),
    sa.Column('author_ids', sa.JSON(), nullable=False),
    sa.Column('route', AutoString(), nullable=False),
    sa.Column('markets', sa.JSON(), nullable=False),
    sa.Column('audience', AutoString(), nullable=False),
    sa.Column('source', AutoString(), nullable=False),
    sa.Column('body_html', AutoString(), nullable=False),
    sa.Column('link', AutoString(), nullable=False),
    sa.Column('submitted_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dossier')),
    sa.UniqueConstraint('key', name=op.f('uq_dossier_key')),
    sa.UniqueConstraint('subject_kind', 'subject_id', 'digest', name=op.f('uq_dossier_subject_kind_subject_id_digest'))
    )
    op.create_table('drop_count',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('reason', AutoString(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'reason', name=op.f('pk_drop_count'))
    )
    op.create_table('export_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('period', AutoString(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_export_entry'))
    )
    op.create_table('job_run',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('job', AutoString(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('outcome', AutoString(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job_run'))
    )
    with op.batch_alter_table('job_run', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_job_run_job'), ['job'], unique=False)

    op.create_table('leader_lock',
    sa.Column('role', AutoString(), nullable=False),
    sa.Column('holder', AutoString(), nullable=False),
    sa.Column('until', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('role', name=op.f('pk_leader_lock'))
    )
    op.create_table('market_facts',
    sa.Column('market', AutoString(), nullable=False),
    sa.Column('about', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('market', name=op.f('pk_market_facts'))
    )
    op.create_table('outgoing',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', AutoString(), nullable=False),
    sa.Column('subject_kind', AutoString(), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=False),
    sa.Column('occurrence', AutoString(), nullable=False),
    sa.Column('channel', AutoString(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('address', AutoString(), nullable=False),
    sa.Column('language', AutoString(), nullable=False),
    sa.Column('values', sa.JSON(), nullable=False),
    sa.Column('not_before', UtcDateTime(), nullable=False),
    sa.Column('state', AutoString(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('holder', AutoString(), nullable=False),
    sa.Column('token', AutoString(), nullable=False),
    sa.Column('lease_until', UtcDateTime(), nullable=True),
    sa.Column('reason', AutoString(), nullable=False),
    sa.Column('changed_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outgoing')),
    sa.UniqueConstraint('key', name=op.f('uq_outgoing_key')),
    sa.UniqueConstraint('subject_kind', 'subject_id', 'occurrence', 'channel', 'account_id', 'address', name='uq_outgoing_delivery')
    )
    with op.batch_alter_table('outgoing', schema=None) as batch_op:
        batch_op.create_index('ix_outgoing_due', ['state', 'not_before', 'id'], unique=False)

    op.create_table('reading',
    sa.Column('view_id', AutoString(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('visitor_key', AutoString(), nullable=False),
    sa.Column('subject_kind', AutoString(), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=False),
    sa.Column('revision_id', sa.Integer(), nullable=False),
    sa.Column('audience', AutoString(), nullable=False),
    sa.Column('language', AutoString(), nullable=False),
    sa.Column('market', AutoString(), nullable=False),
    sa.Column('source', AutoString(), nullable=False),
    sa.Column('engaged_seconds', sa.Float(), nullable=False),
    sa.Column('visible_seconds', sa.Float(), nullable=False),
    sa.Column('depth', sa.Integer(), nullable=False),
    sa.Column('is_complete', sa.Boolean(), nullable=False),
    sa.Column('is_robot', sa.Boolean(), nullable=False),
    sa.Column('is_simulated', sa.Boolean(), nullable=False),
    sa.Column('first_at', UtcDateTime(), nullable=False),
    sa.Column('last_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('view_id', name=op.f('pk_reading'))
    )
    with op.batch_alter_table('reading', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reading_day'), ['day'], unique=False)

    op.create_table('reading_day',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('subject_kind', AutoString(), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=False),
    sa.Column('audience', AutoString(), nullable=False),
    sa.Column('language', AutoString(), nullable=False),
    sa.Column('market', AutoString(), nullable=False),
    sa.Column('source', AutoString(), nullable=False),
    sa.Column('is_simulated', sa.Boolean(), nullable=False),
    sa.Column('readers', sa.Integer(), nullable=False),
    sa.Column('readings', sa.Integer(), nullable=False),
    sa.Column('completions', sa.Integer(), nullable=False),
    sa.Column('engaged_histogram', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reading_day')),
    sa.UniqueConstraint('day', 'subject_kind', 'subject_id', 'audience', 'language', 'market', 'source', 'is_simulated', name='uq_reading_day_cell')
    )
    op.create_table('site_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('frame', AutoString(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_site_version'))
    )
    op.create_table('source_file',
    sa.Column('path', AutoString(), nullable=False),
    sa.Column('fingerprint', AutoString(), nullable=False),
    sa.PrimaryKeyConstraint('path', name=op.f('pk_source_file'))
    )
    op.create_table('stored_page',
    sa.Column('path', AutoString(), nullable=False),
    sa.Column('access', AutoString(), nullable=False),
    sa.Column('kind', AutoString(), nullable=False),
    sa.Column('language', AutoString(), nullable=False),
    sa.Column('content_type', AutoString(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('gzip', sa.LargeBinary(), nullable=False),
    sa.Column('etag', AutoString(), nullable=False),
    sa.Column('is_noindex', sa.Boolean(), nullable=False),
    sa.Column('stored_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('path', name=op.f('pk_stored_page'))
    )
    op.create_table('suppression',
    sa.Column('address_hash', AutoString(), nullable=False),
    sa.Column('reason', AutoString(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('address_hash', name=op.f('pk_suppression'))
    )
    op.create_table('topic',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', AutoString(), nullable=False),
    sa.Column('slug', AutoString(), nullable=False),
    sa.Column('about', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_topic')),
    sa.UniqueConstraint('kind', 'slug', name=op.f('uq_topic_kind_slug'))
    )
    op.create_table('account_grant',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('role', AutoString(), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_account_grant_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_account_grant_company_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account_grant')),
    sa.UniqueConstraint('account_id', 'role', 'company_id', name=op.f('uq_account_grant_account_id_role_company_id'))
    )
    with op.batch_alter_table('account_grant', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_account_grant_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_account_grant_company_id'), ['company_id'], unique=False)

    op.create_table('brand',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', AutoString(), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.Column('name', AutoString(), nullable=False),
    sa.Column('generic_name', AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_brand_company_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_brand')),
    sa.UniqueConstraint('key', name=op.f('uq_brand_key')),
    sa.UniqueConstraint('name', name=op.f('uq_brand_name'))
    )
    with op.batch_alter_table('brand', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_brand_company_id'), ['company_id'], unique=False)

    op.create_table('campaign',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', AutoString(), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.Column('name', AutoString(), nullable=False),
    sa.Column('account_kind', AutoString(), nullable=False),
    sa.Column('market', AutoString(), nullable=False),
    sa.Column('languages', sa.JSON(), nullable=False),
    sa.Column('landing_kind', AutoString(), nullable=False),
    sa.Column('landing_slug', AutoString(), nullable=False),
    sa.Column('landing_audience', AutoString(), nullable=False),
    sa.Column('local_time', AutoString(), nullable=False),
    sa.Column('zone', AutoString(), nullable=False),
    sa.Column('send_at', UtcDateTime(), nullable=False),
    sa.Column('state', AutoString(), nullable=False),
    sa.Column('blocked_because', AutoString(), nullable=False),
    sa.Column('released_at', UtcDateTime(), nullable=True),
    sa.Column('is_simulated', sa.Boolean(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_campaign_company_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign')),
    sa.UniqueConstraint('key', name=op.f('uq_campaign_key'))
    )
    with op.batch_alter_table('campaign', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_campaign_company_id'), ['company_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_campaign_send_at'), ['send_at'], unique=False)

    op.create_table('consent',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('purpose', AutoString(), nullable=False),
    sa.Column('channel', AutoString(), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.Column('is_granted', sa.Boolean(), nullable=False),
    sa.Column('code', AutoString(), nullable=False),
    sa.Column('changed_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_consent_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_consent_company_id')),
    sa.PrimaryKeyConstraint('account_id', 'purpose', 'channel', 'company_id', name=op.f('pk_consent')),
    sa.UniqueConstraint('code', name=op.f('uq_consent_code'))
    )
    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.create_index('ix_consent_audience', ['company_id', 'purpose', 'channel', 'is_granted', 'account_id'], unique=False)

    op.create_table('consent_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('purpose', AutoString(), nullable=False),
    sa.Column('channel', AutoString(), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.Column('is_granted', sa.Boolean(), nullable=False),
    sa.Column('wording', AutoString(), nullable=False),
    sa.Column('language', AutoString(), nullable=False),
    sa.Column('place', AutoString(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_consent_entry_account_id')),
    sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_consent_entry_company_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent_entry'))
    )
    with op.batch_alter_table('consent_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_consent_entry_account_id'), ['account_id'], unique=False)

    op.create_table('document',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', AutoString(), nullable=False),
    sa.Column('topic_id', sa.Integer(), nullable=False),
    sa.Column('audience', AutoString(), nullable=False),
    sa.Column('language', AutoString(), nullable=False),
    sa.Column('market', AutoString(), nullable=False),
    sa.Column('newest_revision_id', sa.Integer(), nullable=True),
    sa.Column('live_revision_id', sa.Integer(), nullable=True),
    sa.Column('access', AutoString(), nullable=False),
    sa.Column('clearance', AutoString(), nullable=True),
    sa.Column('published_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['topic_id'], ['topic.id'], name=op.f('fk_document_topic_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_document')),
    sa.UniqueConstraint('key', name=op.f('uq_document_key')),
    sa.UniqueConstraint('topic_id', 'audience', 'language', 'market', name=op.f('uq_document_topic_id_audience_language_market'))
    )
    with op.batch_alter_table('document', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_document_live_revision_id'), ['live_revision_id'], unique=False)

    op.create_table('signature',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('dossier_id', sa.Integer(), nullable=False),
    sa.Column('digest', AutoString(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('printed_name', AutoString(), nullable=False),
    sa.Column('role', AutoString(), nullable=False),
    sa.Column('meaning', AutoString(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_signature_account_id')),
    sa.ForeignKeyConstraint(['dossier_id'], ['dossier.id'], name=op.f('fk_signature_dossier_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signature')),
    sa.UniqueConstraint('dossier_id', 'account_id', name=op.f('uq_signature_dossier_id_account_id')),
    sa.UniqueConstraint('dossier_id', 'role', name=op.f('uq_signature_dossier_id_role'))
    )
    op.create_table('campaign_link',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', AutoString(), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('language', AutoString(), nullable=False),
    sa.Column('target', AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_campaign_link_campaign_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign_link')),
    sa.UniqueConstraint('campaign_id', 'language', 'target', name=op.f('uq_campaign_link_campaign_id_language_target')),
    sa.UniqueConstraint('key', name=op.f('uq_campaign_link_key'))
    )
    op.create_table('campaign_message',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('language', AutoString(), nullable=False),
    sa.Column('subject', AutoString(), nullable=False),
    sa.Column('body', AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_campaign_message_campaign_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign_message')),
    sa.UniqueConstraint('campaign_id', 'language', name=op.f('uq_campaign_message_campaign_id_language'))
    )
    op.create_table('report_snapshot',
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('period', AutoString(), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_report_snapshot_campaign_id')),
    sa.PrimaryKeyConstraint('campaign_id', 'period', name=op.f('pk_report_snapshot'))
    )
    op.create_table('revision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('digest', AutoString(), nullable=False),
    sa.Column('rendering_digest', AutoString(), nullable=False),
    sa.Column('title', AutoString(), nullable=False),
    sa.Column('summary', AutoString(), nullable=False),
    sa.Column('content_class', AutoString(), nullable=False),
    sa.Column('front_matter', sa.JSON(), nullable=False),
    sa.Column('topic', sa.JSON(), nullable=False),
    sa.Column('references', sa.JSON(), nullable=False),
    sa.Column('contents', sa.JSON(), nullable=False),
    sa.Column('source', AutoString(), nullable=False),
    sa.Column('body_html', AutoString(), nullable=False),
    sa.Column('words', sa.Integer(), nullable=False),
    sa.Column('expected_seconds', sa.Integer(), nullable=False),
    sa.Column('next_review', sa.Date(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_revision_document_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_revision')),
    sa.UniqueConstraint('document_id', 'digest', name=op.f('uq_revision_document_id_digest'))
    )
    op.create_table('click',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('link_id', sa.Integer(), nullable=False),
    sa.Column('delivery_key', AutoString(), nullable=False),
    sa.Column('kind', AutoString(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_click_campaign_id')),
    sa.ForeignKeyConstraint(['link_id'], ['campaign_link.id'], name=op.f('fk_click_link_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_click'))
    )
    with op.batch_alter_table('click', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_click_campaign_id'), ['campaign_id'], unique=False)

    op.create_table('publish_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('revision_id', sa.Integer(), nullable=False),
    sa.Column('digest', AutoString(), nullable=False),
    sa.Column('action', AutoString(), nullable=False),
    sa.Column('clearance', AutoString(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_publish_entry_document_id')),
    sa.ForeignKeyConstraint(['revision_id'], ['revision.id'], name=op.f('fk_publish_entry_revision_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_publish_entry'))
    )
    with op.batch_alter_table('publish_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_publish_entry_document_id'), ['document_id'], unique=False)

    protect(op.get_bind(), APPEND_ONLY)


def downgrade() -> None:
    unprotect(op.get_bind(), APPEND_ONLY)
    with op.batch_alter_table('publish_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_publish_entry_document_id'))

    op.drop_table('publish_entry')
    with op.batch_alter_table('click', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_click_campaign_id'))

    op.drop_table('click')
    op.drop_table('revision')
    op.drop_table('report_snapshot')
    op.drop_table('campaign_message')
    op.drop_table('campaign_link')
    op.drop_table('signature')
    with op.batch_alter_table('document', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_document_live_revision_id'))

    op.drop_table('document')
    with op.batch_alter_table('consent_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_consent_entry_account_id'))

    op.drop_table('consent_entry')
    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.drop_index('ix_consent_audience')

    op.drop_table('consent')
    with op.batch_alter_table('campaign', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_campaign_send_at'))
        batch_op.drop_index(batch_op.f('ix_campaign_company_id'))

    op.drop_table('campaign')
    with op.batch_alter_table('brand', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_brand_company_id'))

    op.drop_table('brand')
    with op.batch_alter_table('account_grant', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_account_grant_company_id'))
        batch_op.drop_index(batch_op.f('ix_account_grant_account_id'))

    op.drop_table('account_grant')
    op.drop_table('topic')
    op.drop_table('suppression')
    op.drop_table('stored_page')
    op.drop_table('source_file')
    op.drop_table('site_version')
    op.drop_table('reading_day')
    with op.batch_alter_table('reading', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reading_day'))

    op.drop_table('reading')
    with op.batch_alter_table('outgoing', schema=None) as batch_op:
        batch_op.drop_index('ix_outgoing_due')

    op.drop_table('outgoing')
    op.drop_table('market_facts')
    op.drop_table('leader_lock')
    with op.batch_alter_table('job_run', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_job_run_job'))

    op.drop_table('job_run')
    op.drop_table('export_entry')
    op.drop_table('drop_count')
    op.drop_table('dossier')
    op.drop_table('dirty_day')
    op.drop_table('daily_salt')
    op.drop_table('company')
    op.drop_table('asset')
    op.drop_table('account')
