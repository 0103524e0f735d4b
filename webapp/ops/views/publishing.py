"""Orders to publish later. Writers look at them too; operators cancel them."""

from typing import Any

from flask import g

from webapp.articles.service import orders
from webapp.core.errors import N_
from webapp.ops.service import publishing
from webapp.ops.views.pages import blueprint, by, done, page_number, render
from webapp.people.guards import account, requires
from webapp.people.rules import Role


@blueprint.get("/publishing")
@requires(Role.OPERATOR, Role.WRITER)
def publish_orders() -> str:
    """What is ordered for later, why some is not published, and what has ended."""
    return render("publishing", N_("Publishing"), may_cancel=Role.OPERATOR in account().roles,
                  **publishing.orders(g.reader, page_number()))


@blueprint.post("/publishing/<key>/cancel")
@requires(Role.OPERATOR)
def cancel_order(key: str) -> Any:
    """Calls an order off."""
    orders.cancel(g.db, key, by())
    return done("/ops/publishing")
