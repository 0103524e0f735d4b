"""What reviewers say before they sign: comments, answers, requests for changes; and guests, who may comment alone."""

from datetime import datetime, timedelta

from sqlmodel import Session

from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, Conflict, Invalid, NotFound, Refused
from webapp.people.queries import Account
from webapp.review import queries, rules
from webapp.review.models import ChangeRequest, Comment, Dossier, Guest
from webapp.review.rules import GUEST_COMMENTS, GUEST_LASTS, NAME_LENGTH, QUOTE_LENGTH, CommentKind, ReviewRole, anchors
from webapp.review.service import hold, standing, subject

GUEST = "guest of a review"
"""The actor of what a guest does."""
NO_WORDS = N_("Write something, in at most 4,000 characters.")
NO_COMMENT = N_("There is no such comment.")


def comment(session: Session, dossier: Dossier, author: Account | Guest, kind: CommentKind, words: str, quote: str,
            now: datetime) -> Comment:
    """Adds a comment to a passage, or with an empty quote to the whole. Invalid for a passage that is not there, or
    stands in several places."""
    kept = rules.words_of(words)
    if kept is None:
        raise Invalid(NO_WORDS)
    if isinstance(author, Guest):
        _check_guest(session, author, now)
    else:
        check_part(dossier, author)
    anchor = _anchor(dossier, quote)
    is_guest = isinstance(author, Guest)
    made = Comment(dossier_id=dossier.id or 0, account_id=None if is_guest else author.id,
                   guest_id=author.id if is_guest else None, kind=kind, words=kept, at=now, **anchor._asdict())
    session.add(made)
    session.flush()
    audit.record(session, By(GUEST if is_guest else author.id or 0, now), "comment-added", subject(dossier),
                 f"{kind} comment:{made.key}")
    return made


def check_part(dossier: Dossier, account: Account) -> None:
    """Refused unless the account may take part in the review of a dossier: as a reviewer, not its author, and nobody
    whom the route bars."""
    if account.id in dossier.author_ids:
        raise Refused(N_("You wrote this. Answer the comments; the review is others' work."))
    if not standing.review_roles(account):
        raise Refused(N_("Only reviewers comment here."))
    why = rules.bar(dossier.route, has_seat=standing.has_seat(account), reads=[dossier.language],
                    language=dossier.language)  # whoever does not read a translation may still ask about it
    if why is not None:
        raise Refused(why)


def _anchor(dossier: Dossier, quote: str) -> anchors.Anchor:
    if not quote.strip():
        return anchors.Anchor("", "", "", 0)
    if len(quote) > QUOTE_LENGTH:
        raise Invalid(N_("The passage has more than 500 characters. Copy its first words."))
    text = text_of(dossier)
    found = anchors.places(text, quote)
    if not found:
        raise Invalid(N_("This passage does not stand in the text. Copy it from there, letter by letter."))
    if len(found) > 1:
        raise Invalid(N_("This passage stands there several times. Copy a few more words around it."))
    return anchors.anchor_at(text, *found[0])


def text_of(dossier: Dossier) -> str:
    """The text that comments are anchored in: the page's words, or the source of what has no page."""
    return anchors.text_of(dossier.body_html) if dossier.body_html else dossier.source


def answer(session: Session, key: str, account: Account, words: str, now: datetime) -> Comment:
    """Answers a comment, as the piece's author or a reviewer; the last answer stands. NotFound for anybody else;
    Conflict once it is closed."""
    kept = rules.words_of(words)
    if kept is None:
        raise Invalid(NO_WORDS)
    found, dossier = _open(session, key)
    if account.id not in dossier.author_ids and not standing.review_roles(account):
        raise NotFound(NO_COMMENT)
    found.answer, found.answered_by, found.answered_at = kept, account.id, now
    session.add(found)
    audit.record(session, By(account.id or 0, now), "comment-answered", subject(dossier), f"comment:{found.key}")
    return found


def close(session: Session, key: str, account: Account, now: datetime) -> Comment:
    """Closes a comment as settled: a reviewer does, never the author. Conflict if it is closed already."""
    found, dossier = _open(session, key)
    check_part(dossier, account)
    found.closed_by, found.closed_at = account.id, now
    session.add(found)
    audit.record(session, By(account.id or 0, now), "comment-closed", subject(dossier), f"comment:{found.key}")
    return found


def _open(session: Session, key: str) -> tuple[Comment, Dossier]:
    found = queries.comment(session, key, for_update=True)
    if found is None:
        raise NotFound(NO_COMMENT)
    if found.closed_at is not None:
        raise Conflict(N_("This comment was closed meanwhile. Write a new one if it is not settled."))
    return found, session.get_one(Dossier, found.dossier_id)


def request_changes(session: Session, dossier: Dossier, account: Account, role: ReviewRole, words: str,
                    now: datetime) -> ChangeRequest:
    """Sends a dossier back: nobody signs it any more, and the changed text comes as a new one. Refused and Conflict as
    for a signature."""
    kept = rules.words_of(words)
    if kept is None:
        raise Invalid(NO_WORDS)
    standing.check_role(account, role)
    hold(session, queries.subject_of(dossier), now)
    stands = standing.standing_of(session, dossier)
    why = rules.refusal(author_ids=dossier.author_ids, signer_id=account.id or 0, already=(), role=role,
                        held=queries.roles_held(session, queries.subject_of(dossier), account.id or 0))
    if why or standing.bar(dossier, account):
        raise Refused(why or standing.bar(dossier, account))
    if not stands.is_open(now):
        raise Conflict(stands.closed(now) or N_("It is decided already. Look at it again."))
    made = ChangeRequest(dossier_id=dossier.id or 0, account_id=account.id or 0, role=role, words=kept, at=now)
    session.add(made)
    session.flush()
    audit.record(session, By(account.id or 0, now), "changes-requested", subject(dossier), f"reviewer-{role}")
    return made


# Guests


def invite(session: Session, dossier: Dossier, account: Account, name: str, days: int, now: datetime) -> Guest:
    """Lets somebody without an account comment on this one dossier, by a link, for some days."""
    check_part(dossier, account)
    kept = rules.words_of(name, NAME_LENGTH)
    if kept is None or "\n" in kept or not 1 <= days <= GUEST_LASTS.days:
        raise Invalid(N_("Write who it is, in one line, and for how many days: 14 at most."))
    made = Guest(dossier_id=dossier.id or 0, name=kept, invited_by=account.id or 0, created_at=now,
                 expires_at=now + timedelta(days=days))
    session.add(made)
    session.flush()
    audit.record(session, By(account.id or 0, now), "guest-invited", subject(dossier), f"guest:{made.key}")
    return made


def end_invitation(session: Session, dossier: Dossier, key: str, account: Account, now: datetime) -> None:
    """Ends a guest's link at once. NotFound for one of another dossier."""
    check_part(dossier, account)
    found = next((guest for guest in queries.guests(session, dossier.id or 0) if guest.key == key), None)
    if found is None:
        raise NotFound(N_("There is no such invitation."))
    found.expires_at = min(found.expires_at, now)
    session.add(found)
    audit.record(session, By(account.id or 0, now), "guest-ended", subject(dossier), f"guest:{found.key}")


def _check_guest(session: Session, guest: Guest, now: datetime) -> None:
    if guest.expires_at <= now:
        raise NotFound(N_("There is no such page."))
    if len(queries.comments_of_guest(session, guest.id or 0)) >= GUEST_COMMENTS:
        raise Refused(N_("You have made 50 comments, as many as a guest can make. Tell whoever invited you the rest."))
