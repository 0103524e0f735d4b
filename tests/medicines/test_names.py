"""What medicines are called: as their topics say, in all languages."""

from pathlib import Path

import pytest
from werkzeug.test import Client

from tests import builders
from webapp.articles.rules.frontmatter import Kind
from webapp.core.platform import Platform
from webapp.medicines import queries, service


def names(platform: Platform) -> dict[str, str]:
    with platform.database.reading() as session:
        return queries.names(session)


@pytest.mark.postgresql
def test_names_of_one_medicine_are_replaced_and_anothers_stay(platform: Platform) -> None:
    with platform.database.writing() as session:
        service.keep_names(session, {"one": [("en", "One"), ("en", "Uno"), ("en", "One")], "two": [("en", "Two")]})
    with platform.database.writing() as session:
        service.keep_names(session, {"one": [("en", "One"), ("zh-Hans", "一")]})
        service.keep_names(session, {})
    assert names(platform) == {"One": "one", "一": "one", "Two": "two"}


def test_a_sync_keeps_the_names_of_medicines_and_of_nothing_else(platform: Platform, client: Client,
                                                                 tmp_path: Path) -> None:
    builders.write_topic(tmp_path, slug="samplin", kind=Kind.DRUG)
    builders.write_topic(tmp_path, slug="sampleitis")
    builders.import_content(platform, tmp_path)
    assert set(names(platform).values()) == {"samplin"}
