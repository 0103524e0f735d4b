"""Our own css, js and drawings under names that carry their digest, so that they may be cached for ever."""

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class StaticFile:
    """One file as it is served: `url` such as `/static/css/base.1f2e3d4c.css`."""

    url: str
    body: bytes
    content_type: str


class StaticFiles:
    """All files below a folder, read once."""

    def __init__(self, folder: Path) -> None:
        self._by_name = {str(path.relative_to(folder)): _read(path, folder)
                         for path in sorted(folder.rglob("*")) if path.is_file() and path.name[0] != "."}
        self.by_url = {file.url: file for file in self._by_name.values()}

    def url(self, name: str) -> str:
        """The address of `css/base.css`; KeyError names a file that is not there."""
        return self._by_name[name].url

    def text(self, name: str) -> str:
        """The file's text, for drawings that are written into a page."""
        return self._by_name[name].body.decode()

    def digest(self) -> str:
        """Changes when any file does."""
        return hashlib.sha256("\n".join(sorted(self.by_url)).encode()).hexdigest()


def _read(path: Path, folder: Path) -> StaticFile:
    body = path.read_bytes()
    name = path.relative_to(folder)
    url = f"/static/{name.with_suffix('')}.{hashlib.sha256(body).hexdigest()[:10]}{path.suffix}"
    return StaticFile(url, body, TYPES.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream")
