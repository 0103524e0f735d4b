"""Pictures that people send: encoded anew, so that nothing is kept but what is seen. Pure."""

import re
import unicodedata
from io import BytesIO
from pathlib import PurePosixPath

from PIL import Image, ImageOps, UnidentifiedImageError

from webapp.core.errors import N_, Invalid

LARGEST_UPLOAD = 10_000_000
"""Bytes: our choice, above what a telephone makes."""
MOST_PIXELS = 50_000_000
"""Our choice: what a good camera makes; decoded, some 200 MB."""
LONGEST_SIDE = 2_000
"""Pixels that are kept: our choice, twice the width of a page. The same picture with less of them loads sooner."""
LARGEST_KEPT = 1_900_000
"""Bytes: below what a file of content may have."""
QUALITY = 88
FORMATS = ("PNG", "JPEG", "WEBP")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
REFUSED = N_("This is no picture that can be taken. Send PNG, JPEG or WebP; drawings (SVG) come in as files.")
TOO_LARGE = N_("The picture has too many pixels or bytes. Scale it down to 2,000 pixels a side and send it again.")


def encode_anew(name: str, content: bytes) -> tuple[str, bytes]:
    """(name, bytes) under which a picture is kept: PNG if it was one or anything shows through, else JPEG.

    Place, camera, comments and whatever stands behind the picture are gone. Invalid for all that is no picture, and for
    too large a one, which is told by its header: nothing of it is decoded.
    """
    if len(content) > LARGEST_UPLOAD:
        raise Invalid(TOO_LARGE)
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Invalid(TOO_LARGE)
            kept, ending = _encoded(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Invalid(TOO_LARGE) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError):
        raise Invalid(REFUSED) from None
    if len(kept) > LARGEST_KEPT:
        raise Invalid(TOO_LARGE)
    return f"{stem_of(name)}{ending}", kept


def _encoded(picture: Image.Image) -> tuple[bytes, str]:
    is_clear = picture.has_transparency_data
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    plain = upright.convert("RGBA" if is_clear else "RGB")
    bare = Image.new(plain.mode, plain.size)
    bare.paste(plain)
    kept = BytesIO()
    if is_clear or picture.format == "PNG":
        bare.save(kept, "PNG", optimize=True)
        if is_clear or kept.tell() <= LARGEST_KEPT:
            return kept.getvalue(), ".png"
        kept = BytesIO()  # a photograph
    bare.save(kept, "JPEG", quality=QUALITY, optimize=True)
    return kept.getvalue(), ".jpg"


def stem_of(name: str) -> str:
    """The name that somebody's file gets: small Latin letters, digits and hyphens, without folder and ending."""
    last = PurePosixPath(name.replace("\\", "/")).name
    plain = unicodedata.normalize("NFKD", last.rpartition(".")[0] or last).encode("ascii", "ignore").decode().lower()
    return _NOT_IN_NAMES.sub("-", plain)[:60].strip("-") or "picture"
