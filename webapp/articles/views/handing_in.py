"""What a draft takes along and where it goes: pictures, the library's present text, and handing in."""

from typing import Any

from flask import Response, g, redirect, request

from webapp.articles.rules import drafting, uploads
from webapp.articles.service.desk import blocks, drafts, handing_in, pictures
from webapp.articles.service.sync import SyncRefused
from webapp.articles.views.desk import READERS, author, blueprint, editor, render, save_form, version
from webapp.articles.views.reading import PICTURE_HEADERS
from webapp.core.clock import now
from webapp.core.errors import N_
from webapp.people.guards import requires
from webapp.people.rules import Role

UPLOAD_LIMIT = uploads.LARGEST_UPLOAD + 100_000
"""The picture, and what a form sends around it."""


@blueprint.post("/<key>/submit")
@requires(Role.WRITER)
def submit(key: str) -> Any:
    """Hands a draft in, if what its form shows is what is saved."""
    text, seen = drafting.text_of(request.form.get("text", "")), version()
    if text != drafts.text(g.reader, drafts.find(g.reader, key)):
        return save_form(key, text, seen, "unsent")
    style = g.platform.renderer.static.text("css/article.css").encode()
    try:
        planned = handing_in.plan(g.reader, key, seen=seen, style=style, on=now().date())
    except SyncRefused as refused:
        return editor(key, refused=refused.problems), 422
    handing_in.carry_out(g.db, planned, account_id=author().account_id, link=f"{g.platform.base_url}/desk/{key}",
                         now=now())
    return redirect(f"/desk/{key}?notice=submitted", 303)


@blueprint.post("/<key>/base")
@requires(Role.WRITER)
def take_in(key: str) -> Any:
    """Says that the library's present text was looked at."""
    drafts.take_in(g.db, key)
    return redirect(f"/desk/{key}?notice=taken", 303)


@blueprint.get("/<key>/blocks")
@requires(*READERS)
def blocks_for(key: str) -> str:
    """Passages that may be used again here, and where each is approved."""
    return render("blocks", N_("Blocks"), **blocks.show(g.reader, key))


@blueprint.post("/<key>/blocks")
@requires(Role.WRITER)
def put_block_in(key: str) -> Any:
    """Puts a block into the draft and saves it."""
    text = blocks.text_with(g.reader, key, request.form.get("block", ""), request.form.get("after", ""))
    return save_form(key, text, version(), "block")


@blueprint.post("/<key>/pictures")
@requires(Role.WRITER)
def send_picture(key: str) -> Any:
    """Takes a picture for the draft's topic."""
    request.max_content_length = UPLOAD_LIMIT
    sent = request.files.get("picture")
    drafts.find(g.reader, key)
    name, content = uploads.encode_anew((sent.filename if sent else "") or "", sent.stream.read() if sent else b"")
    kept = pictures.keep(g.db, key, name, content, account_id=author().account_id, now=now())
    return redirect(f"/desk/{key}?notice=picture&picture={kept}", 303)


@blueprint.get("/<key>/pictures/<name>")
@requires(*READERS)
def picture(key: str, name: str) -> Response:
    """A picture beside a draft."""
    content, media_type = pictures.shown(g.reader, key, name)
    headers = {**PICTURE_HEADERS, "Cache-Control": "private, no-store"}
    return Response(content, content_type=media_type, headers=headers)
