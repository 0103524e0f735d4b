"""A page or a mail as a file that shows the same anywhere: style sheets and pictures stand in it, scripts do not, and
whatever leads on names the whole address. Opened later, it counts no reading and fetches nothing."""

import base64
import re
from collections.abc import Callable
from html import escape

from sqlmodel import Session

from webapp.articles import queries as articles
from webapp.articles.rules.shelf import Entry
from webapp.articles.service.pages import page_as_published, press
from webapp.campaigns.service.composing import Composer, Sender
from webapp.core.platform import Platform
from webapp.ops.service.filing import Mail, Source

_SHEET = re.compile(r'<link rel="stylesheet" href="([^"]+)"( media="[^"]+")?>')
_ICON = re.compile(r'<link rel="icon"[^>]*>\n?')
_SCRIPT = re.compile(r"<script\b[^>]*>.*?</script>\n?", re.DOTALL)
_TOKEN = re.compile(r' data-beacon-token="[^"]*"')
_PICTURE = re.compile(r' src="(/media/[^"]+)"')
_WAY = re.compile(r' href="(/[^"]*)"')
_MEDIA = re.compile(r"/media/([0-9a-f]{64})\.")


def specimen(platform: Platform, session: Session, source: Source) -> str:
    """The piece as it was first disseminated, as HTML by itself."""
    return _mail(platform, session, source) if isinstance(source, Mail) else _page(platform, session, source)


def _page(platform: Platform, session: Session, entry: Entry) -> str:
    html = page_as_published(press(platform, session), session, entry).html
    for pattern in (_SCRIPT, _ICON, _TOKEN):
        html = pattern.sub("", html)
    content = _reader(platform, session)
    html = _SHEET.sub(lambda found: f"<style{found[2] or ''}>{content(found[1])[1].decode()}</style>", html)
    html = _PICTURE.sub(lambda found: f' src="{_inline(*content(found[1]))}"', html)
    return _WAY.sub(lambda found: f' href="{escape(platform.base_url)}{found[1]}"', html)


def _reader(platform: Platform, session: Session) -> Callable[[str], tuple[str, bytes]]:
    """Finds (media type, bytes) of one of our addresses."""
    def read(url: str) -> tuple[str, bytes]:
        named = _MEDIA.match(url)
        asset = articles.asset(session, named[1]) if named else None
        if asset is not None:
            return asset.media_type, asset.content
        file = platform.renderer.static.by_url[url]
        return file.content_type, file.body
    return read


def _inline(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def _mail(platform: Platform, session: Session, mail: Mail) -> str:
    composer = Composer(platform, Sender(platform.mail_from, platform.postal_address))
    letter = composer.specimen(session, mail.campaign, mail.language, mail.first_at)
    return letter.html or ""
