"""What the web server's process runs."""

import logging
from typing import IO, Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from webapp import app, config, schema
from webapp.articles import jobs
from webapp.core import clock
from webapp.core.platform import Platform
from webapp.core.process import end_with_parent, hold, settle
from webapp.core.spool import Spool
from webapp.edge import Edge
from webapp.engagement.service import spool_beside

HEADER_SECONDS = 10
"""How long a client may take over the headers of a request, or say nothing: our choice, a hundred times what a phone on
64 kbit/s needs."""

_held: list[IO[str]] = []


def build() -> Edge:
    """The application of this process. Takes the data directory: only the process that answers may hold it."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    end_with_parent()
    settings = config.load()
    _held.append(hold(settings.data_dir, "serve", clock.now(), settings.base_url))
    parts = config.platform(settings)
    spool = _spool(parts)
    edge = app.create_edge(settings, parts, spool)
    if spool:
        spool.start()
    edge.watch()
    parts.watch()
    settle()
    return edge


def serve(host: str, port: int, threads: int, application: str = "webapp.wsgi:build") -> None:
    """Runs the server until a signal: one process, `threads` threads. `application` is the factory that it calls.

    HTTP/1.1 alone: where granian tells by the first bytes which HTTP is spoken, it waits for them without end.
    """
    Granian(application, address=host, port=port, interface=Interfaces.WSGI, workers=1, factory=True,
            blocking_threads=threads, backlog=2048, respawn_failed_workers=True, websockets=False,
            http=HTTPModes.http1, http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000),
            log_level=LogLevels.error, workers_kill_timeout=5).serve()


def make_ready(parts: Platform) -> None:
    """Before the first request: refuses an old schema; stores pages anew if the frame is another than theirs."""
    schema.check(parts.database)
    if spool := _spool(parts):
        spool.close()  # it can be used: said here, where whoever starts the server reads it
    renew_pages(parts)


def _spool(parts: Platform) -> Spool[Any] | None:
    return spool_beside(parts) if "engagement" in parts.rooms else None


def renew_pages(parts: Platform) -> None:
    """Takes down what may no longer be shown, then renders the rest with this program's frame if that has changed."""
    if "articles" not in parts.rooms:
        return
    jobs.expire(parts, app.OVERVIEWS, clock.now())
    jobs.restore_frames(parts, app.OVERVIEWS, clock.now())
