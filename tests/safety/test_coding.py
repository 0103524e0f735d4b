"""A licensed release of MedDRA comes in whole or not at all, and officers code with it beside our own list. Those here
are made up."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlmodel import Session, select

from tests import builders
from tests.builders import NOW
from tests.pdf_text import text_of
from tests.safety.test_documents import made
from tests.safety.test_triage import ALL, assess
from webapp.core.db import Database
from webapp.core.errors import Conflict, Invalid
from webapp.core.languages import CHINESE, ENGLISH
from webapp.core.models import AuditEntry
from webapp.core.platform import Platform
from webapp.safety.cli import safety
from webapp.safety.models import SafetyCase, SafetyDictionary, SafetyTerm
from webapp.safety.queries import coding as queries
from webapp.safety.rules.coding import Coded, Release, coded_in, lowest_of, release_of
from webapp.safety.service import coding, dictionaries
from webapp.safety.service.dictionaries import bring_in
from webapp.safety.service.documents import bundle

BOTH = pytest.mark.postgresql
ENGLISH_99, CHINESE_99 = Release("99.1", "en"), Release("99.1", "zh-Hans")
TERMS = [(90000001, "Made-up malaise", 90000001, "Y"), (90000002, "Invented itch of the left ear", 90000002, "Y"),
         (90000003, "Invented itch", 90000002, "Y"), (90000004, "Invented itch, obsolete", 90000002, "N"),
         (90000005, "100% of it", 90000001, "Y")]


def lowest(code: object, name: str, preferred: object, currency: str) -> str:
    return f"{code}${name}${preferred}$$$$$$${currency}$$"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A release in English."""
    return written(tmp_path / "MedAscii")


def written(folder: Path, terms: Sequence[tuple[object, str, object, str]] = TERMS, *, language: str = "English",
            encoding: str = "utf-8") -> Path:
    folder.mkdir(exist_ok=True)
    lines = {"meddra_release.asc": [f"99.1${language}$$"], "llt.asc": [lowest(*term) for term in terms],
             "pt.asc": [f"{code}${name}$$10000001$$$$$$$" for code, name, preferred, _ in terms if code == preferred]}
    for name, content in lines.items():
        (folder / name).write_bytes("".join(f"{line}\r\n" for line in content).encode(encoding))
    return folder


def command(platform: Platform, *arguments: object) -> Result:
    context = type("Context", (), {"platform": platform})()
    return CliRunner().invoke(safety, ["terms", *map(str, arguments)], obj=context)


def stored(database: Database) -> list[SafetyTerm]:
    with database.reading() as session:
        return list(session.scalars(select(SafetyTerm).order_by(SafetyTerm.code)))  # type: ignore[arg-type]


# Bringing in


@BOTH
def test_a_release_comes_in_with_its_version_and_language(platform: Platform, folder: Path) -> None:
    assert command(platform, "list").output.startswith("No release is here")
    told = command(platform, "import", folder)
    assert told.output == "MedDRA 99.1 in en: 5 terms are offered to safety officers.\n"
    assert [(row.code, row.name, row.preferred, row.is_current) for row in stored(platform.database)] == [
        (code, name, preferred, currency == "Y") for code, name, preferred, currency in TERMS]
    assert "MedDRA 99.1 · en · 5 terms" in command(platform, "list").output and "No release" not in command(
        platform, "list").output
    with platform.database.reading() as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.detail) == ("safety-terms-imported", "meddra:99.1 language:en terms:5")


def test_a_file_of_it_names_the_folder(platform: Platform, folder: Path) -> None:
    assert command(platform, "import", folder / "llt.asc").exit_code == 0


@pytest.mark.parametrize(("encoding", "options"), [
    ("utf-8", ()), ("utf-8-sig", ()), ("gb18030", ("--encoding", "GB18030"))])
def test_a_chinese_release_comes_in_as_it_is_written(
        platform: Platform, tmp_path: Path, encoding: str, options: tuple[str, ...]) -> None:
    folder = written(tmp_path / "cn", [(90000001, "虚构的不适", 90000001, "Y")], language="Chinese", encoding=encoding)
    told = command(platform, "import", folder, *options)
    assert told.exit_code == 0, told
    assert [(row.name, row.dictionary_id) for row in stored(platform.database)] == [("虚构的不适", 1)]
    assert "zh-Hans" in command(platform, "list").output


def test_without_the_file_that_names_the_release_the_command_names_it(platform: Platform, folder: Path) -> None:
    (folder / "meddra_release.asc").unlink()
    assert "--version and --language" in str(command(platform, "import", folder).exception)
    assert "Name both" in command(platform, "import", folder, "--version", "99.1").output
    assert "no version" in command(platform, "import", folder, "--version", "99", "--language", "en").output
    assert command(platform, "import", folder, "--version", "99.1", "--language", "en").exit_code == 0


def test_an_encoding_that_is_none_is_said(platform: Platform, folder: Path) -> None:
    assert "no encoding, such as" in command(platform, "import", folder, "--encoding", "klingon").output


@pytest.mark.parametrize(("file", "line", "why"), [
    ("llt.asc", b"90000006$Too few$90000001", "llt.asc:6: has 3 fields .* at least 10.* as it was distributed"),
    ("llt.asc", b"9000000$Short$90000001$$$$$$$Y$$", "llt.asc:6: `9000000` is no code of eight digits"),
    ("llt.asc", b"90000006$$90000001$$$$$$$Y$$", "llt.asc:6: a name has 1 to 250"),
    ("llt.asc", b"90000006$Bell\a$90000001$$$$$$$Y$$", "llt.asc:6: a name .* can be printed"),
    ("llt.asc", b"90000006$Neither$90000001$$$$$$$?$$", "llt.asc:6: field 10, .* neither Y nor N"),
    ("llt.asc", b"90000001$Twice$90000001$$$$$$$Y$$", "llt.asc:6: code 90000001 stands twice"),
    ("llt.asc", b"90000006$Alone$90000009$$$$$$$Y$$", "llt.asc:6: .* 90000009 is not in pt.asc. Take both"),
    ("llt.asc", b"90000006$\xff\xfe$90000001$$$$$$$Y$$", "llt.asc:6: is not written in utf-8. .*--encoding"),
    ("llt.asc", b"x" * 5_000, "llt.asc:6: has more than 4,096 bytes"),
    ("pt.asc", b"90000007", "pt.asc:3: has no dollar sign")])
def test_a_fault_names_file_line_and_remedy_and_nothing_is_stored(
        database: Database, folder: Path, file: str, line: bytes, why: str) -> None:
    with (folder / file).open("ab") as out:
        out.write(line + b"\n")
    with pytest.raises(Invalid, match=why):
        bring_in(database, folder, ENGLISH_99, NOW)
    with database.reading() as session:
        assert queries.dictionary(session, "99.1", "en") is None


@pytest.mark.parametrize(("file", "why"), [("llt.asc", "no llt.asc. Name the folder"), ("pt.asc", "no pt.asc")])
def test_a_file_that_is_missing_is_said(database: Database, folder: Path, file: str, why: str) -> None:
    (folder / file).unlink()
    with pytest.raises(Invalid, match=why):
        bring_in(database, folder, ENGLISH_99, NOW)


@pytest.mark.parametrize(("line", "why"), [
    ("27$English$$", "no version"), ("27.1$Klingon$$", "read no `Klingon`"), ("27.1", "read no ``"),
    ("", "no version")])
def test_a_release_that_is_none_of_ours_is_said(line: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        release_of(line)


def test_a_release_comes_in_once(database: Database, folder: Path) -> None:
    bring_in(database, folder, ENGLISH_99, NOW)
    with pytest.raises(Conflict, match="here already"):
        bring_in(database, folder, ENGLISH_99, NOW)


@BOTH
def test_one_that_was_cut_off_is_offered_to_nobody_and_begun_anew(
        database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dictionaries, "SLICE", 2)
    whole, lines = dictionaries._row, []

    def dying(dictionary_id: int, term: object) -> dict[str, object]:
        lines.append(term)
        if len(lines) == 4:
            raise KeyboardInterrupt
        return whole(dictionary_id, term)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(dictionaries, "_row", dying)
        with pytest.raises(KeyboardInterrupt):
            bring_in(database, folder, ENGLISH_99, NOW)
    with database.reading() as session:
        assert (len(stored(database)), queries.dictionaries(session)) == (2, [])
    assert bring_in(database, folder, ENGLISH_99, NOW) == len(stored(database)) == 5


# Coding


@pytest.fixture
def session(database: Database, folder: Path, tmp_path: Path) -> Iterator[Session]:
    """With a release in each language."""
    bring_in(database, folder, ENGLISH_99, NOW)
    bring_in(database, written(tmp_path / "cn", [(90000002, "虚构的耳痒", 90000002, "Y")]), CHINESE_99, NOW)
    with database.session(write=True) as opened:
        yield opened


@BOTH
def test_terms_that_hold_the_words_are_offered_the_nearest_first_and_none_that_is_out_of_use(session: Session) -> None:
    found = coding.offer(session, "", " invented ITCH ", ENGLISH)
    assert found is not None and found.dictionary == "MedDRA 99.1"
    assert list(found.terms) == [("meddra:99.1:90000003", "Invented itch", False),
                                 ("meddra:99.1:90000002", "Invented itch of the left ear", False)]


@BOTH
@pytest.mark.parametrize("sought", ["%", "_nvented", "\\"])
def test_signs_of_the_databases_own_are_sought_as_they_are(session: Session, sought: str) -> None:
    found = coding.offer(session, "", sought, ENGLISH)
    assert found is not None and [name for _, name, _ in found.terms] == (["100% of it"] if sought == "%" else [])


def test_who_reads_chinese_is_offered_chinese_terms_of_the_same_codes(session: Session) -> None:
    found = coding.offer(session, "meddra:99.1:90000002", "", CHINESE)
    assert found is not None and list(found.terms) == [("meddra:99.1:90000002", "虚构的耳痒", True)]


def test_the_newest_release_is_offered(session: Session) -> None:
    for version in ("99.0", "99.2", "9.3"):
        session.add(SafetyDictionary(version=version, language="en", loaded_at=NOW))
    session.flush()
    found = coding.offer(session, "", "itch", ENGLISH)
    assert found is not None and found.dictionary == "MedDRA 99.2"


def test_without_a_release_nothing_is_offered(database: Database) -> None:
    with database.reading() as session:
        assert coding.offer(session, "nausea", "", ENGLISH) is None


@BOTH
def test_a_case_is_coded_with_a_term_of_it(session: Session) -> None:
    case = builders.adverse_event(session)
    assess(session, case, elements=ALL, reaction="meddra:99.1:90000002")
    assert case.reaction == "meddra:99.1:90000002"
    named = coding.named(session, case.reaction, "en")
    assert str(named) == "Invented itch of the left ear (MedDRA 99.1, 90000002)"


@pytest.mark.parametrize("reaction", ["meddra:99.1:90000004", "meddra:99.1:90000099", "meddra:98.1:90000002",
                                      "meddra:99.1:9", "meddra:", "made-up"])
def test_no_case_is_coded_with_what_is_not_offered(session: Session, reaction: str) -> None:
    case = builders.adverse_event(session)
    with pytest.raises(Invalid, match="from the list"):
        assess(session, case, reaction=reaction)


def test_a_term_that_went_out_of_use_stays_with_the_case_that_has_it(session: Session) -> None:
    case = builders.adverse_event(session)
    case.reaction = "meddra:99.1:90000004"
    session.flush()
    assess(session, case, elements=ALL, criteria=("death",), reaction="meddra:99.1:90000004")
    found = coding.offer(session, case.reaction, "malaise", ENGLISH)
    assert found is not None and found.terms[0] == ("meddra:99.1:90000004", "Invented itch, obsolete", True)


@pytest.mark.parametrize(("text", "coded"), [
    ("meddra:99.1:90000002", Coded("99.1", 90000002)), ("nausea", None), ("meddra:99:90000002", None),
    ("meddra:99.1:90000002\n", None), ("", None)])
def test_a_reaction_is_read_as_it_is_kept(text: str, coded: Coded | None) -> None:
    assert coded_in(text) == coded
    assert coded is None or str(coded) == text


def test_a_line_is_read_by_its_places() -> None:
    assert lowest_of(lowest(90000003, "Invented itch", 90000002, "N")).preferred == 90000002


# Handing over


def test_a_desk_gets_version_and_code_and_reads_the_name(platform: Platform, folder: Path) -> None:
    bring_in(platform.database, folder, ENGLISH_99, NOW)
    first = made(platform)
    with platform.database.writing() as session:
        session.get_one(SafetyCase, first.case.id).reaction = "meddra:99.1:90000002"
        found = bundle(session, platform, first.row)
    told = json.loads(found.as_json())
    reaction, name = told["e2b"]["E.i"][0], "Invented itch of the left ear (MedDRA 99.1, 90000002)"
    assert (reaction["E.i.2.1a"], reaction["E.i.2.1b"], told["reaction_term"]) == ("99.1", "90000002", name)
    assert name.replace(" ", "") in "".join(text_of(found.as_pdf()).split())


def test_a_term_of_our_own_list_has_no_code_of_meddra(platform: Platform) -> None:
    told = json.loads(made(platform).as_json())
    assert not {"E.i.2.1a", "E.i.2.1b"} & told["e2b"]["E.i"][0].keys()
