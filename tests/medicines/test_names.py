"""What medicines are called: as their topics say, in all languages."""

from pathlib import Path

import pytest
from werkzeug.test import Client

from tests import builders
from webapp.articles.rules.frontmatter import Kind
from webapp.core.platform import Platform
from webapp.medicines import queries, service


def names(platform: Platform) -> dict[str, tuple[str, ...]]:
    with platform.database.reading() as session:
        return {slug: called.names for slug, called in queries.known(session).items()}


def about(*titles: str, **synonyms: list[str]) -> dict[str, object]:
    return {"titles": dict(zip(("en", "zh-Hans"), titles, strict=False)), "synonyms": synonyms}


@pytest.mark.postgresql
def test_names_of_one_medicine_are_replaced_and_anothers_stay(platform: Platform) -> None:
    with platform.database.writing() as session:
        service.keep_names(session, {"one": about("One", en=["Uno"]), "two": about("Two")})
    with platform.database.writing() as session:
        service.keep_names(session, {"one": about("One", "一（虚构）")})
        service.keep_names(session, {})
    assert names(platform) == {"one": ("one", "One", "一"), "two": ("two", "Two")}


def test_a_sync_keeps_the_names_of_medicines_and_of_nothing_else(platform: Platform, client: Client,
                                                                 tmp_path: Path) -> None:
    builders.write_topic(tmp_path, slug="samplin", kind=Kind.DRUG)
    builders.write_topic(tmp_path, slug="sampleitis")
    builders.import_content(platform, tmp_path)
    assert set(names(platform)) == {"samplin"}
