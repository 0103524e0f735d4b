"""The part of the library that one topic's pages depend on, as last synchronised, with drafts laid over it."""

import re
from collections.abc import Mapping

from sqlmodel import Session

from webapp.articles.queries import desk as queries
from webapp.articles.rules.frontmatter import FOLDERS, Kind
from webapp.articles.service.stacks import CLAIMS

_ADDRESS = re.compile(rf"(?:{FOLDERS})/[a-z0-9-]+".encode())


def around(session: Session, address: str, drafts: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a topic, those that all pages depend on, and the text of topics that it names; `drafts` over them.

    Of a topic that is not in the library yet, its drafted `topic.yaml`; and the pictures that were sent to the desk.
    """
    own = queries.files_below(session, address)
    if f"{address}/topic.yaml" not in own:
        own |= queries.drafted_text(session, f"{address}/topic.yaml")
    own |= queries.draft_pictures(session, address) | dict(drafts)
    named = {found.decode() for content in own.values() for found in _ADDRESS.findall(content)} - {address}
    return _for_all(session, address) | queries.texts_below(session, named) | own


def _for_all(session: Session, address: str) -> dict[str, bytes]:
    """What belongs to no topic; of claims those of the topic alone, since the others' medicines are not beside it."""
    claims = f"{CLAIMS}/{address.rpartition('/')[2]}.yaml" if address.startswith(f"{Kind.DRUG.folder}/") else ""
    return {path: content for path, content in queries.files_of_all(session).items()
            if not path.startswith(f"{CLAIMS}/") or path == claims}
