"""Names: what is one person's name in two spellings, and what a person must look at."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.professionals.rules.names import Name, difference, fold, full

SHAPES = Path(__file__).parents[3] / "shared" / "data" / "08_identifiers" / "nameparser_names.txt"
REGISTERED = Name("JOHN ADAM", "DOE-RAY")


@pytest.mark.parametrize(("stated", "registered"), [
    (Name("john", "doe-ray"), REGISTERED),
    (Name("John Adam", "Doe Ray"), REGISTERED),
    (Name("John A.", "DoeRay"), REGISTERED),
    (Name("Dr. John", "Doe-Ray, MD"), REGISTERED),
    (Name("John (Jack)", "Doe–Ray"), REGISTERED),
    (Name("John", "Doe"), Name("JOHN", "DOE", "JR.")),
    (Name("John", "Doe Jr."), Name("JOHN", "DOE", "JR")),
    (Name("John", "Doe, III, M.D."), Name("JOHN", "DOE", "III")),
    (Name("Jüan", "de la Véña"), Name("JUAN", "DE LA VENA")),
    (Name("Brian", "O’Connor"), Name("BRIAN", "OCONNOR")),
    (Name("Søren", "Łukasz"), Name("SOREN", "LUKASZ")),
    (Name("Jean-Luc", "Picard"), Name("JEAN LUC", "PICARD")),
    (Name("Jean Luc", "Picard"), Name("JEANLUC", "PICARD")),
    (Name("John Adam", "Doe"), Name("JOHN", "DOE")),
    (Name("John Adam", "Doe"), Name("JOHN A", "DOE")),
    (Name("Ｊｏｈｎ", "Ｄｏｅ"), Name("JOHN", "DOE")),
    (Name("J", "Doe"), Name("J", "DOE")),
    (Name("伟", "王"), Name("伟", "王")),
])
def test_two_spellings_of_one_name_match(stated: Name, registered: Name) -> None:
    assert difference(stated, registered) is None


@pytest.mark.parametrize(("stated", "registered", "part"), [
    (Name("John", "Doe"), REGISTERED, "family-name"),
    (Name("John", "Ray"), REGISTERED, "family-name"),
    (Name("John", ""), REGISTERED, "family-name"),
    (Name("John", "Doe"), Name("JOHN", ""), "family-name"),
    (Name("Doe-Ray", "John"), REGISTERED, "family-name"),
    (Name("Jon", "Doe-Ray"), REGISTERED, "given-name"),
    (Name("J.", "Doe-Ray"), REGISTERED, "given-name"),
    (Name("", "Doe-Ray"), REGISTERED, "given-name"),
    (Name("Adam", "Doe-Ray"), REGISTERED, "given-name"),
    (Name("John Brian", "Doe-Ray"), REGISTERED, "given-name"),
    (Name("John B", "Doe-Ray"), REGISTERED, "given-name"),
    (Name("Dr.", "Doe-Ray"), REGISTERED, "given-name"),
    (Name("Ben", "Franklin"), Name("BENJAMIN", "FRANKLIN"), "given-name"),
    (Name("John", "Doe Sr"), Name("JOHN", "DOE", "JR"), "suffix"),
    (Name("John", "Doe III"), Name("JOHN", "DOE"), "suffix"),
    (Name("Wei", "Wang"), Name("伟", "王"), "family-name"),
    (Name("John", "Dое"), Name("JOHN", "DOE"), "family-name"),  # two Cyrillic letters
])
def test_what_is_doubtful_differs_and_says_where(stated: Name, registered: Name, part: str) -> None:
    assert difference(stated, registered) == part


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_name_that_matches_itself_matches_in_any_case(given_name: str, family: str) -> None:
    name = Name(given_name, family)
    if difference(name, name) is None:
        assert difference(name, Name(given_name.upper(), family.upper())) is None


@given(st.text(max_size=50))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.skipif(not SHAPES.exists(), reason="the shared names are not here")
def test_real_shapes_of_names_match_themselves_or_are_left_to_a_person() -> None:
    shapes = [line for line in SHAPES.read_text(encoding="utf-8").splitlines() if " " in line and "," not in line]
    assert len(shapes) > 100
    matched = 0
    for shape in shapes:
        first, _, last = shape.rpartition(" ")
        name = Name(first, last)
        matched += difference(name, Name(first.upper(), last.upper())) is None
        assert difference(name, Name(first, last + "x")) == "family-name", shape
    assert matched > 0.9 * len(shapes)


@pytest.mark.parametrize(("given_name", "family", "shown"), [
    ("Ann", "Example", "Example, Ann"), ("示例", "王", "王示例"), ("", "Example", "Example"), ("", "", "")])
def test_a_name_is_written_as_its_language_does(given_name: str, family: str, shown: str) -> None:
    assert full(given_name, family) == shown
