"""How pages call what the rules know. Pure."""

from collections.abc import Mapping

from webapp.core.errors import N_
from webapp.review.rules import CommentKind, Meaning, ReviewRole, State

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
    "label-flagged": N_("Page flagged: its label changed"), "campaign-cancelled": N_("Campaign called off")}
"""What the audit holds about a dossier and its piece."""
PAGE = 50
"""Rows of one page of the queue."""
