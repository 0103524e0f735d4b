"""How pages call what the rules know. Pure."""

import re
from collections.abc import Mapping

from webapp.core.errors import N_
from webapp.review.rules import ROUTES, CommentKind, Meaning, ReviewRole, State

ROLES: Mapping[str, str] = {
    ReviewRole.MEDICAL: N_("medical reviewer"), ReviewRole.LEGAL: N_("legal reviewer"),
    ReviewRole.REGULATORY: N_("regulatory reviewer")}
DISCIPLINES: Mapping[str, str] = {
    ReviewRole.MEDICAL: N_("Medical"), ReviewRole.LEGAL: N_("Legal"), ReviewRole.REGULATORY: N_("Regulatory")}
STATES: Mapping[str, str] = {
    State.IN_REVIEW: N_("In review"), State.CHANGES_REQUESTED: N_("Changes requested"), State.REJECTED: N_("Rejected"),
    State.APPROVED: N_("Approved"), State.LAPSED: N_("Approval has lapsed"),
    State.SUPERSEDED: N_("A newer version has taken its place")}
MEANINGS: Mapping[str, str] = {Meaning.APPROVAL: N_("Approved"), Meaning.REJECTION: N_("Rejected")}
KINDS: Mapping[str, str] = {
    CommentKind.MUST: N_("Must: blocks approval until it is closed"), CommentKind.SHOULD: N_("Should"),
    CommentKind.QUESTION: N_("Question")}
KIND_MARKS: Mapping[str, str] = {
    CommentKind.MUST: N_("Must"), CommentKind.SHOULD: N_("Should"), CommentKind.QUESTION: N_("Question")}
AUDIENCES: Mapping[str, str] = {"patient": N_("patients"), "hcp": N_("health professionals")}
ACTS: Mapping[str, str] = {
    "dossier-submitted": N_("Handed in for review"), "dossier-approval": N_("Approved by a reviewer"),
    "dossier-rejection": N_("Rejected by a reviewer"), "changes-requested": N_("Changes requested"),
    "comment-added": N_("Comment made"), "comment-answered": N_("Comment answered"),
    "comment-closed": N_("Comment closed"), "review-assigned": N_("Review assigned"),
    "review-delegated": N_("Review handed on"), "guest-invited": N_("Guest invited to comment"),
    "guest-ended": N_("Guest's link ended"), "checklist-ticked": N_("Checklist ticked"),
    "page-published": N_("Page published"), "page-supersede": N_("Page superseded by a newer text"),
    "page-withdraw": N_("Page withdrawn"), "page-expire": N_("Page expired"),
    "publish-ordered": N_("Publishing ordered"), "publish-order-cancelled": N_("Order to publish cancelled"),
    "publish-refused": N_("Order to publish not carried out"),
    "rendering-accepted": N_("New rendering of pages accepted"),
    "label-flagged": N_("Page flagged: its label changed"), "campaign-cancelled": N_("Campaign called off"),
    "message-flag-closed": N_("Message looked at after its label changed"),
    "cme-publish": N_("Activity published"), "cme-supersede": N_("Activity replaced by a newer version"),
    "cme-withdraw": N_("Activity withdrawn"), "cme-end": N_("Accreditation of an activity ended")}
"""What the audit holds about a dossier and its piece."""
CODES: Mapping[str, str] = {
    **{f"reviewer-{role}": name for role, name in ROLES.items()}, **KIND_MARKS,
    **{code: route.name for code, route in ROUTES.items()},
    "denied-by-policy": N_("denied by policy"), "statements-changed": N_("statements that policy asks for changed"),
    "not-cleared": N_("not cleared by review"), "sample": N_("a sample"), "text-changed": N_("its text was changed"),
    "fault": N_("it failed")}
"""Codes that stand alone in the audit's details of these acts."""
NUMBERED: Mapping[str, str] = {
    "account": N_("Account %(number)s"), "version": N_("version %(number)s"), "round": N_("round %(number)s"),
    "revision": N_("revision %(number)s"), "comment": N_("comment %(number)s"), "guest": N_("guest %(number)s"),
    "label": N_("label %(number)s"), "section": N_("section %(number)s")}
"""Codes that stand before a number or a key."""
PAGE = 50
"""Rows of one page of the queue."""


def is_digest(part: str) -> bool:
    """Whether a detail is a digest, or how one begins."""
    return re.fullmatch(r"[0-9a-f]{16,64}", part) is not None
