"""clicks hold a key that leads to no delivery and so to no person"""

import hashlib
import hmac
import secrets

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

CLICK = sa.table('click', sa.column('id', sa.Integer()), sa.column('mail_key', sa.String()))


def upgrade() -> None:
    op.alter_column('click', 'delivery_key', new_column_name='mail_key')
    connection, secret = op.get_bind(), secrets.token_bytes(32)  # forgotten: the keys still differ, and tell nothing
    changes = [{'row': number, 'new': hmac.new(secret, key.encode(), hashlib.sha256).hexdigest()[:16]}
               for number, key in connection.execute(sa.select(CLICK.c.id, CLICK.c.mail_key))]
    if changes:
        connection.execute(sa.update(CLICK).where(CLICK.c.id == sa.bindparam('row'))
                           .values(mail_key=sa.bindparam('new')), changes)


def downgrade() -> None:
    op.alter_column('click', 'mail_key', new_column_name='delivery_key')
