"""Which uploads are taken as evidence: told by their first bytes, since a name and a declared type are a stranger's."""

from dataclasses import dataclass

from webapp.core.errors import N_

MOST_BYTES = 3 * 1024 * 1024
"""Of one upload: our choice; a photographed page at eight megapixels fits. Its write held the lock for 60 ms on two
busy cores, which is more than others may: applications with a document are rare."""


@dataclass(frozen=True)
class FileKind:
    """A kind of file that is taken."""

    media_type: str
    ending: str
    starts: bytes
    ends: bytes
    """What stands among a whole file's last bytes; phones write things of their own after a JPEG's."""


KINDS = (
    FileKind("application/pdf", "pdf", b"%PDF-", b"%%EOF"),
    FileKind("image/png", "png", b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"),
    FileKind("image/jpeg", "jpg", b"\xff\xd8\xff", b""),
)
BY_MEDIA_TYPE = {kind.media_type: kind for kind in KINDS}


def kind_of(content: bytes) -> FileKind | None:
    """The kind of a file, or None where it is none that is taken or was cut off."""
    return next((kind for kind in KINDS if content.startswith(kind.starts) and kind.ends in content[-1024:]), None)


def refusal(content: bytes) -> str | None:
    """Why an upload is not taken, or None."""
    if len(content) > MOST_BYTES:
        return N_("The file is larger than 3 MB. Send a smaller scan or photograph.")
    if kind_of(content) is None:
        return N_("The file is not a whole PDF, PNG or JPEG. Send the certificate as one of these.")
    return None
