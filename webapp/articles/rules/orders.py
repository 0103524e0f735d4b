"""Orders to publish a text later: at a time in a zone, or once review approves. Pure."""

from enum import StrEnum

from webapp.core.errors import N_


class OrderKind(StrEnum):
    """When a text is to be published. What is published at once needs no order: the publish log tells of it."""

    ON_APPROVAL = "on-approval"
    AT = "at"


class OrderState(StrEnum):
    """Where an order is. A refused one is not lost: it is carried out once what stood in its way has changed."""

    WAITING = "waiting"
    REFUSED = "refused"
    DONE = "done"
    CANCELLED = "cancelled"


OPEN = (OrderState.WAITING, OrderState.REFUSED)


class Obstacle(StrEnum):
    """What stands in the way of publishing a text, or ended an order for it."""

    POLICY = "denied-by-policy"
    STATEMENTS = "statements-changed"
    CLEARANCE = "not-cleared"
    SAMPLE = "sample"
    CHANGED = "text-changed"
    FAULT = "fault"
    WITHDRAWN = "withdrawn"
    REPLACED = "order-replaced"
    BY_HAND = "cancelled-by-hand"


OBSTACLES = {
    Obstacle.POLICY: N_("Policy denies it in its market. Nothing is published unless the policy table changes."),
    Obstacle.STATEMENTS: N_("It does not say what policy asks of it now. Synchronise the content, have it signed, and "
                            "order again."),
    Obstacle.CLEARANCE: N_("Review has not cleared it. It is published once it is signed."),
    Obstacle.SAMPLE: N_("It is a sample that no reviewer approved. It is published once it is signed."),
    Obstacle.CHANGED: N_("Its text was changed after the order. Order the new text."),
    Obstacle.FAULT: N_("It failed; the worker's log says why. Mend it, then order again."),
    Obstacle.WITHDRAWN: N_("The page was withdrawn."),
    Obstacle.REPLACED: N_("Another order took its place."),
    Obstacle.BY_HAND: N_("Somebody cancelled it; the audit says why."),
}
"""In words, with the remedy."""


def next_step(kind: str, state: str, known: str,
              obstacle: Obstacle | None) -> tuple[OrderState, Obstacle | None] | None:
    """What becomes of a due order on which `obstacle` was found, `known` being what it was refused for; None if
    nothing changes. A standing obstacle is told once, and an order whose work failed waits for a person."""
    if known == Obstacle.FAULT:
        return None
    if obstacle is None:
        return OrderState.DONE, None
    if kind == OrderKind.ON_APPROVAL and obstacle in (Obstacle.CLEARANCE, Obstacle.SAMPLE):  # what it waits for
        return None if state == OrderState.WAITING else (OrderState.WAITING, None)
    return None if known == obstacle else (OrderState.REFUSED, obstacle)
