"""the bytes of content's files"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'source_text',
        sa.Column('sha256', AutoString(), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint('sha256', name=op.f('pk_source_text')))
    with op.batch_alter_table('source_file') as batch:
        batch.add_column(sa.Column('sha256', AutoString(), nullable=True))
        batch.add_column(sa.Column('replaced', AutoString(), nullable=True))
        batch.create_foreign_key(op.f('fk_source_file_sha256'), 'source_text', ['sha256'], ['sha256'])


def downgrade() -> None:
    op.execute("DELETE FROM source_file WHERE fingerprint = ''")
    with op.batch_alter_table('source_file') as batch:
        batch.drop_constraint(op.f('fk_source_file_sha256'), type_='foreignkey')
        batch.drop_column('replaced')
        batch.drop_column('sha256')
    op.drop_table('source_text')
