"""Pictures sent to the desk: nothing is kept of them but what is seen, and nothing else is taken for one."""

import struct
import tracemalloc
import zlib
from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin
from werkzeug.test import TestResponse

from tests.articles.desk.conftest import PAGE, Desk
from tests.builders import BASE_URL
from webapp.articles.queries import desk as queries
from webapp.articles.rules import uploads
from webapp.articles.service.desk import drafts, pictures
from webapp.core.errors import Invalid

SECRET = b"51.5007 north, taken by Ann"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def drawn(kind: str, size: tuple[int, int] = (60, 40), colour: tuple[int, ...] = (0, 128, 128),
          **options: object) -> bytes:
    kept = BytesIO()
    Image.new("RGBA" if len(colour) == 4 else "RGB", size, colour).save(kept, kind, **options)  # type: ignore[arg-type]
    return kept.getvalue()


def with_secrets(kind: str) -> bytes:
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    about = PngImagePlugin.PngInfo()
    about.add_text("Comment", SECRET.decode())
    return drawn(kind, exif=exif, **({"pnginfo": about} if kind == "PNG" else {}))


def header(width: int, height: int) -> bytes:
    """A PNG that says how large it is, and holds next to nothing."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part))
        for part in (chunk, data, b"IEND"))


def send(desk: Desk, key: str, content: bytes, name: str = "line.png") -> TestResponse:
    return desk.post(f"/desk/{key}/pictures", picture=(BytesIO(content), name))


@pytest.mark.parametrize(("kind", "name"), [("PNG", "line.png"), ("JPEG", "line.jpg"), ("WEBP", "line.jpg")])
def test_a_picture_is_encoded_anew_without_what_it_said_of_its_maker(kind: str, name: str) -> None:
    sent = with_secrets(kind) + SECRET
    kept_name, kept = uploads.encode_anew("line.x", sent)
    assert kept_name == name and SECRET in sent and SECRET not in kept
    with Image.open(BytesIO(kept)) as picture:
        assert picture.size == (60, 40) and not picture.getexif() and "icc_profile" not in picture.info


def test_what_can_be_seen_through_stays_so() -> None:
    name, kept = uploads.encode_anew("a.webp", drawn("WEBP", colour=(0, 128, 128, 90), lossless=True))
    with Image.open(BytesIO(kept)) as picture:
        assert (name, picture.mode, picture.getpixel((0, 0))) == ("a.png", "RGBA", (0, 128, 128, 90))


def test_a_picture_is_turned_upright_and_made_no_larger_than_a_page_needs() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    _, kept = uploads.encode_anew("a.jpg", drawn("JPEG", (4000, 3000), exif=exif))
    with Image.open(BytesIO(kept)) as picture:
        assert picture.size == (1500, 2000)


@pytest.mark.parametrize("content", [
    b"", b"GIF89a" + b"\0" * 50, SVG, b"<html><script>alert(1)</script>", b"%PDF-1.4", drawn("GIF"), drawn("BMP"),
    drawn("TIFF"), drawn("PNG")[:60], b"\x89PNG\r\n\x1a\n" + SVG, b"\xff\xd8\xff\xe0" + SVG, b"RIFF....WEBPVP8 "],
    ids=range(12))
def test_what_is_no_such_picture_is_refused_whatever_it_is_called(content: bytes) -> None:
    with pytest.raises(Invalid):
        uploads.encode_anew("line.png", content)


def test_a_picture_behind_which_a_page_stands_keeps_the_picture_alone() -> None:
    _, kept = uploads.encode_anew("a.png", drawn("PNG") + SVG)
    assert b"script" not in kept


@pytest.mark.parametrize("sides", [(50_000, 50_000), (12_000, 8_000), (2_000_000_000, 2)])
def test_too_large_a_picture_is_refused_by_its_header(sides: tuple[int, int]) -> None:
    tracemalloc.start()
    with pytest.raises(Invalid, match="too many pixels"):
        uploads.encode_anew("a.png", header(*sides))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_too_many_bytes_are_refused_before_they_are_looked_at() -> None:
    with pytest.raises(Invalid, match="too many pixels"):
        uploads.encode_anew("a.png", b"x" * (uploads.LARGEST_UPLOAD + 1))


@pytest.mark.parametrize(("typed", "stem"), [
    ("../../etc/passwd.png", "passwd"), ("C:\\Users\\Ann\\Meine Niere (2).PNG", "meine-niere-2"),
    ("肾.png", "picture"), ("", "picture"), (".png", "png"), ("a\0b.png", "a-b"), ("<script>.png", "script"),
    ("x" * 300 + ".png", "x" * 60), ("CON.png", "con"), ("Café.jpg", "cafe")])
def test_a_name_is_made_of_letters_digits_and_hyphens(typed: str, stem: str) -> None:
    assert uploads.stem_of(typed) == stem


def test_a_picture_is_shown_beside_its_draft_and_comes_in_with_the_page(desk: Desk) -> None:
    key = desk.open()
    answer = send(desk, key, drawn("JPEG", (1200, 900)), "A knee.jpg")
    assert answer.location == f"/desk/{key}?notice=picture&picture=a-knee.jpg"
    shown = desk.get(f"/desk/{key}/pictures/a-knee.jpg")
    assert shown.content_type == "image/jpeg" and "sandbox" in shown.headers["Content-Security-Policy"]
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    desk.write(key, "It heals by itself", "![A knee](a-knee.jpg)\n\n/// caption\nDrawn.\n///\n\nIt heals by itself")
    assert f'src="/desk/{key}/pictures/a-knee.jpg"' in desk.get(f"/desk/{key}").text
    assert desk.submit(key).location == f"/desk/{key}?notice=submitted"
    with desk.platform.database.reading() as session:
        assert "diseases/sampleitis/a-knee.jpg" in queries.files_below(session, "diseases/sampleitis")
        assert queries.draft_pictures(session, "diseases/sampleitis") == {}
    assert desk.get(f"/desk/{key}/pictures/a-knee.jpg").status_code == 200


def test_a_picture_that_no_page_shows_stays_at_the_desk(desk: Desk) -> None:
    key = desk.open()
    send(desk, key, drawn("PNG"))
    desk.write(key, "It heals by itself", "It heals slowly")
    desk.submit(key)
    with desk.platform.database.reading() as session:
        assert list(queries.draft_pictures(session, "diseases/sampleitis")) == ["diseases/sampleitis/line.png"]
        assert "diseases/sampleitis/line.png" not in queries.files_below(session, "diseases/sampleitis")


def test_two_pictures_of_one_name_get_two(desk: Desk) -> None:
    key = desk.open()
    assert [send(desk, key, drawn("PNG")).location.rpartition("=")[2] for _ in range(2)] == ["line.png", "line-2.png"]


def test_whoever_draws_a_picture_is_an_author(desk: Desk) -> None:
    key = desk.open()
    send(desk, key, drawn("PNG"))
    with desk.platform.database.reading() as session:
        assert queries.authors(session, [], ["diseases/sampleitis/line.png"]) == [desk.person.id]


def test_pictures_do_not_pile_up_without_end(desk: Desk) -> None:
    key = desk.open()
    with desk.platform.database.writing() as session:
        for _ in range(pictures.MOST_WAITING):
            pictures.keep(session, key, "a.png", b"x", account_id=desk.person.id or 0,
                          now=drafts.find(session, key).saved_at)
    assert send(desk, key, drawn("PNG")).status_code == 409


def test_a_form_with_a_drawing_without_a_picture_or_with_too_much_is_refused(desk: Desk) -> None:
    key = desk.open()
    assert send(desk, key, SVG, "line.svg").status_code == 422
    assert desk.post(f"/desk/{key}/pictures").status_code == 422
    field = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n" + b"a" * 3_000_000 + b"\r\n--x--\r\n"
    for body, most in ((b"x" * 11_000_000, 10), (field, 2)):  # of fields less is taken
        large = desk.client.post(f"/desk/{key}/pictures", base_url=BASE_URL, headers={"Origin": BASE_URL},
                                 data=body, content_type="multipart/form-data; boundary=x")
        assert large.status_code == 413 and f"At most {most} MB are taken at once." in large.text
    assert desk.post("/desk/open", path=PAGE).location.endswith(key)
