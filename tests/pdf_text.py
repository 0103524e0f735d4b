"""The words of a PDF as typst makes it: enough of the format to read what our own documents say."""

import re
import zlib

_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_STRING = rb"\((?:\\.|[^\\()]|\((?:\\.|[^\\()])*\))*\)"
"""Parentheses within, unless they are a pair, are escaped."""
_SHOWN = re.compile(_STRING + rb"|<[0-9A-Fa-f]+>", re.DOTALL)
_ASIDE = re.compile(rb"/\w+\s*" + _STRING, re.DOTALL)
"""What a reading program is told of a place, such as where a word was broken: not shown."""
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def text_of(made: bytes) -> str:
    """All that stands on its pages."""
    return "".join(pages_of(made))


def pages_of(made: bytes) -> list[str]:
    """What stands on each page, without regard to spaces and lines: those are places, not signs."""
    streams = [_unpacked(found) for found in _STREAM.findall(made)]
    [table] = [stream for stream in streams if b"begincmap" in stream]
    signs = {int(glyph, 16): bytes.fromhex(sign.decode()).decode("utf-16-be")
             for glyph, sign in re.findall(rb"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]+)>\s*\n", table)}
    pages = [stream for stream in streams if b"BT" in stream and b"BDC" in stream]
    return [_words(page, signs) for page in pages]


def _words(page: bytes, signs: dict[int, str]) -> str:
    codes = b"".join(_plain(part) for part in _SHOWN.findall(_ASIDE.sub(b"", page)))
    shown = (signs.get(int.from_bytes(codes[at:at + 2]), "") for at in range(0, len(codes), 2))
    return re.sub(r"\s+", "", "".join(shown))


def _plain(written: bytes) -> bytes:
    """The bytes of a string, however it is written: in hexadecimal where one of them is no ASCII."""
    if written[:1] == b"<":
        return bytes.fromhex(written[1:-1].decode())
    def sign(found: re.Match[bytes]) -> bytes:
        code = found.group(1)
        return bytes([int(code, 8)]) if code.isdigit() else _NAMED.get(code, code)
    return _ESCAPED.sub(sign, written[1:-1])


def _unpacked(stream: bytes) -> bytes:
    """Whole, though its last byte may be missing: one that is a line's end is taken for the end of the stream. It is
    the checksum's."""
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return stream
