"""The other sides' servers: `python -m tests.benchmarks.serving FACTORY PORT`, with the program's server settings."""

import os
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response

from webapp import config, web, wsgi
from webapp.app import create_edge
from webapp.core.process import end_with_parent
from webapp.core.writer import Apply, GroupWriter, Receipt
from webapp.edge import Edge

BODY = "BENCH_BODY"
"""Variable that names the file which the bare view and the function answer with."""


class Forgetful(GroupWriter):
    """Says at once that a row is stored, and stores none."""

    def submit(self, apply: Apply, row: Any) -> Receipt:
        receipt = Receipt()
        receipt.settle(None)
        return receipt


def bare() -> Flask:
    """A Flask view that answers with the same bytes to everything."""
    end_with_parent()
    app = Flask("bare", static_folder=None)
    body = Path(os.environ[BODY]).read_bytes()

    @app.get("/<path:path>")
    def page(path: str) -> Response:
        return Response(body, content_type="text/html; charset=utf-8")
    return app


def alone() -> WSGIApplication:
    """The server, with a function that answers with the same bytes and headers to everything."""
    end_with_parent()
    body = Path(os.environ[BODY]).read_bytes()
    headers = [*web.HEADERS.items(), ("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        start("200 OK", headers)
        return (body,)
    return answer


def unstored() -> Edge:
    """The program, but for its writer."""
    end_with_parent()
    settings = config.load()
    parts = config.platform(settings)
    edge = create_edge(settings, replace(parts, writer=Forgetful(parts.database)))
    edge.watch()
    return edge


if __name__ == "__main__":
    wsgi.serve("127.0.0.1", int(sys.argv[2]), config.load().web_threads, f"{__package__}.serving:{sys.argv[1]}")
