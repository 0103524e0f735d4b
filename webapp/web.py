"""Around every request: its sessions, the one commit point, where it may come from, its language, its errors."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache, cached_property, lru_cache
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, g, request
from flask.ctx import _AppCtxGlobals
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_babel import Babel
from itsdangerous import BadSignature, Signer, TimestampSigner, URLSafeTimedSerializer
from pydantic_core import from_json
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import HTTPException, NotFound

from webapp.core import clock, forms, pages
from webapp.core.errors import N_, MateriaError, Refused, translated
from webapp.core.frame import Frame, Switch, frame_at, language_switch, ways_without
from webapp.core.languages import LANGUAGES, Language, Place, place_of, preferred, prefix
from webapp.core.platform import Platform
from webapp.core.render import translations
from webapp.core.subject import Subject
from webapp.people import guards
from webapp.safety.service import overhearing

log = logging.getLogger("materia.web")
security_log = logging.getLogger("materia.security")

KNOWN_COOKIES = 1000
"""Cookies that were found to be rightly signed: our choice, half a megabyte."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_LIMIT = 2 * 1024 * 1024
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
}
"""On every answer, stored pages included. Referrer: a health page's address leaves for no other site."""


class Sessions(_AppCtxGlobals):
    """Flask's `g` with the request's sessions, opened by the first look at them."""

    platform: Platform

    @cached_property
    def reader(self) -> Session:
        """Reads; cannot write."""
        return self.platform.database.session(write=False)

    @cached_property
    def db(self) -> Session:
        """What this request may do: writes unless its method is safe. `_finish` commits it."""
        return self.reader if request.method in SAFE else self.platform.database.session(write=True)


class _Request(Request):
    """Without NUL, which PostgreSQL does not even look for. In what an address asks for it becomes the sign that pages
    show in its place; in forms another control character, which fields refuse or drop as they do the others."""

    @cached_property
    def args(self) -> MultiDict[str, str]:
        return _replaced(super().args, "\ufffd")

    @cached_property
    def form(self) -> ImmutableMultiDict[str, str]:
        return _replaced(super().form, "\x1a")


def _replaced(values: MultiDict[str, str], sign: str) -> ImmutableMultiDict[str, str]:
    return ImmutableMultiDict((name, value.replace("\0", sign)) for name, value in values.items(multi=True))


class _Signer(TimestampSigner):
    """Derives each of its keys once."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.derive_key = cache(self.derive_key)  # type: ignore[method-assign]


class _Serializer(URLSafeTimedSerializer):
    """Keeps its signer, which holds nothing of what it signs."""

    @cached_property
    def _made(self) -> Signer:
        return super().make_signer()

    def make_signer(self, salt: str | bytes | None = None) -> Signer:
        """The one signer: there is one salt."""
        return self._made


class _Values(TaggedJSONSerializer):
    """Looks for Flask's tags only where one stands: they mark what JSON has no words for, and a cookie seldom does."""

    def loads(self, value: str) -> Any:
        """What was dumped."""
        return super().loads(value) if '{" ' in value else from_json(value)


class Cookies(SecureCookieSessionInterface):
    """Flask's signed cookies. Keys are prepared once and not for each request: that took a tenth of a beacon, and half
    of reading a cookie. The signature of a cookie that comes again and again is looked at once, its age each time."""

    serializer = _Values()

    def __init__(self, app: Flask) -> None:
        keys = [*(app.config["SECRET_KEY_FALLBACKS"] or ()), app.secret_key]  # the current one last
        self._serializer = _Serializer(
            keys, salt=self.salt, serializer=self.serializer, signer=_Signer,
            signer_kwargs={"key_derivation": self.key_derivation, "digest_method": self.digest_method})
        self._known = lru_cache(KNOWN_COOKIES)(self._open)

    def get_signing_serializer(self, app: Flask) -> _Serializer:
        """The one of this application."""
        return self._serializer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie holds; an empty session without one, and when its time is over."""
        value = request.cookies.get(self.get_cookie_name(app))
        if not value:
            return self.session_class()
        try:
            text, signed_at = self._known(value)
        except BadSignature:
            return self.session_class()
        is_over = not timedelta() <= clock.now() - signed_at <= app.permanent_session_lifetime
        return self.session_class(None if is_over else self.serializer.loads(text))

    def _open(self, value: str) -> tuple[str, datetime]:
        """What a cookie holds, as text that no request can change for the next, and when it was signed."""
        kept, signed_at = self._serializer.loads(value, return_timestamp=True)
        return self.serializer.dumps(kept), signed_at


def set_up(app: Flask, platform: Platform) -> None:
    """Wires the request's life into the application."""
    app.config.update(MAX_CONTENT_LENGTH=FORM_LIMIT, MAX_FORM_MEMORY_SIZE=FORM_LIMIT, SESSION_COOKIE_HTTPONLY=True,
                      SESSION_COOKIE_SAMESITE="Lax", WTF_CSRF_ENABLED=False,  # by origin instead: see comes_from_here
                      SESSION_COOKIE_SECURE=platform.base_url.startswith("https:"),
                      SESSION_COOKIE_NAME="materia")
    app.session_interface, app.request_class = Cookies(app), _Request
    Babel(app, locale_selector=lambda: request_language().babel)

    class Globals(Sessions):
        pass

    Globals.platform = platform
    app.app_ctx_globals_class = Globals

    app.before_request(forms.listen)

    @app.before_request
    def check_origin() -> None:
        comes = comes_from_here(request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site"))
        if request.method not in SAFE and not comes:
            security_log.warning("cross-site %s refused on %s", request.method, request.endpoint)
            raise Refused(N_("This form was sent from another site. Open the page here and send it again."))

    @app.before_request
    def check_path() -> None:
        if "\0" in request.path:
            raise NotFound  # nothing is called so

    app.before_request(guards.guard)
    app.before_request(_keep_language)
    app.after_request(_finish)
    app.teardown_request(_close)
    _set_up_errors(app)


def comes_from_here(origin: str | None, fetch_site: str | None) -> bool:
    """Whether a state-changing request may be answered: not one that a browser says another site started.

    Browsers send `Origin` with every POST. A request without either header comes from no browser, and then carries
    no session of a person who was lured (RFC 8058 one-click posts are such). This takes the place of form tokens,
    which would need a session cookie for strangers and cannot stand in stored bytes.
    """
    if fetch_site is not None and fetch_site not in ("same-origin", "none"):
        return False
    if origin is None or origin == "null":
        return origin is None
    return urlsplit(origin).netloc == request.host


def request_language() -> Language:
    """The language of the address, else the one chosen by the frame's switch, else the browser's."""
    platform: Platform = g.platform
    place = place_of(request.path.split("/", 2)[1] if request.path else "", platform.homes)
    if place is not None:
        return place.language
    chosen = guards.chosen_language()
    return chosen or preferred(request.accept_languages)


def _keep_language() -> None:
    if "language" in request.args:
        guards.keep_chosen_language()


def _finish(response: Response) -> Response:
    typed = forms.heard() if request.method not in SAFE and response.status_code < 500 else []
    if typed and response.status_code < 400:
        _screen(g.db, typed)
    if "db" in g and g.db is not g.reader:
        try:
            g.db.commit() if response.status_code < 400 else g.db.rollback()
        except Exception:
            g.db.rollback()
            raise
    if typed and response.status_code >= 400:  # the form was refused; what it told was told all the same
        with g.platform.database.writing() as session:
            _screen(session, typed)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "private, no-store"
    return response


def _screen(session: Session, typed: Sequence[str]) -> None:
    """Has what was typed screened for side effects, and stores what is found."""
    person, language, platform = guards.signed_in(), request_language(), g.platform
    for words in typed:
        overhearing.screen(
            session, platform.ring, words, Subject(request.endpoint or "", 0), now=clock.now(), language=language.tag,
            market=person.market if person else platform.homes[language.url],
            account_id=person.id if person else None)


def _close(_: BaseException | None) -> None:
    for name in ("db", "reader"):
        session = g.pop(name, None)
        if session is not None:
            session.close()


def _set_up_errors(app: Flask) -> None:
    @app.errorhandler(MateriaError)
    def on_ours(error: MateriaError) -> tuple[str, int]:
        if error.status == 403:
            security_log.warning("refused on %s", request.endpoint)
        return error_page(error.status, str(error)), error.status

    @app.errorhandler(HTTPException)
    def on_http(error: HTTPException) -> Any:
        if error.code is None or error.code < 400:
            return error
        cause = getattr(error, "original_exception", None)  # of what failed after the view, at the commit
        if cause is not None and _is_outage(cause):
            return on_any(cause)
        return error_page(error.code, ""), error.code

    @app.errorhandler(Exception)
    def on_any(error: Exception) -> tuple[str, int]:
        if _is_outage(error):
            log.error("database unavailable on %s: %s", request.endpoint, type(error).__name__)
            return error_page(503, ""), 503
        log.exception("failed on %s", request.endpoint)
        return error_page(500, ""), 500


def _is_outage(error: object) -> bool:
    """Whether the database failed, and not what was asked of it. SQLite says `DatabaseError` of a file that is broken;
    its other kinds (a constraint, a wrong statement) are faults of ours."""
    return isinstance(error, OperationalError | PoolTimeout) or type(error) is DatabaseError


def error_page(status: int, message: str) -> str:
    """An error page in the reader's language. A missing page offers the other language where it exists there."""
    language = request_language()
    other = _same_page_elsewhere() if status == 404 else None
    return render_page("error.html", language, title=str(status), status=status, other_url=other,
                       most=_most_megabytes(), message=translated(message, translations(language).gettext))


def _most_megabytes() -> int:
    """What this request may send, in whole megabytes: as a whole if that was too much, else in the fields of a form."""
    most, sent = request.max_content_length, request.content_length
    return (most if most is not None and (sent is None or sent > most) else FORM_LIMIT) // 1_000_000


def render_page(template: str, language: Language, *, title: str, **context: Any) -> str:
    """A page outside the reader's addresses, with the frame's own context."""
    from_platform: Platform = g.platform
    own = guards.own_links(language) if context.get("status", 0) < 500 else ()  # else the database may not answer
    page = frame(from_platform, language, title, own=own)
    return from_platform.renderer.render(template, language, page=page, **context)


def frame(platform: Platform, language: Language, title: str, edition: str = "plain",
          own: Sequence[Switch] = ()) -> Frame:
    """The frame of pages that stand outside the reader's addresses."""
    place = Place(language, platform.homes[language.url])
    names_one = place_of(request.path.split("/", 2)[1], platform.homes) is not None
    languages = [] if names_one else language_switch(request.path, request.args, language)
    return frame_at(place, platform.homes, edition, title=title, path=request.path, noindex=True,
                    is_sample=platform.is_demo, languages=languages, own=own, **ways_without(platform.rooms))


def _same_page_elsewhere() -> str | None:
    """The address of the missing page in another language, if anybody may read it there."""
    platform: Platform = g.platform
    head, _, rest = request.path.lstrip("/").partition("/")
    place = place_of(head, platform.homes)
    if place is None or "\0" in rest:
        return None
    for language in LANGUAGES:
        if language is not place.language:
            here, home = Place(language, place.market), Place(language, platform.homes[language.url])
            for candidate in (here, home):
                path = f"/{prefix(candidate, platform.homes)}/{rest}"
                found = pages.find(g.reader, path)
                if found is not None and found.access == "open":
                    return path
    return None
