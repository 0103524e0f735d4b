"""Labels for tests: small SPL files of our own, and real ones where the shared data is at hand."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

from tests.builders import NOW
from webapp.core.db import Database
from webapp.medicines import service
from webapp.medicines.service import Report

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "02_drug_labels" / "spl"
SET_ID = "12345678-9abc-4def-8123-456789abcdef"
DOSING, INTERACTIONS, OVERDOSE = "34068-7", "34073-7", "34088-5"
SECTIONS: Mapping[str, tuple[str, str]] = {
    DOSING: ("2 DOSAGE", "One tablet a day."),
    INTERACTIONS: ("7 DRUG INTERACTIONS", "Avoid it with grapefruit juice. Tell which medicines are taken."),
    OVERDOSE: ("10 OVERDOSAGE", "There is no antidote.")}
_LOINC, _UNII = "2.16.840.1.113883.6.1", "2.16.840.1.113883.4.9"


def spl(version: int = 1, *, set_id: str = SET_ID, day: str = "20240115", kind: str = "34391-3",
        head: str = '<?xml version="1.0" encoding="UTF-8"?>', **texts: str) -> str:
    """An SPL document with SECTIONS. `texts` replaces a section's text by its code, written `s34068_7`; an empty one
    leaves the section out."""
    parts = []
    for code, (title, text) in SECTIONS.items():
        said = texts.get(f"s{code.replace('-', '_')}", text)
        if said:
            parts.append(f'<component><section><code code="{code}" codeSystem="{_LOINC}"/><title>{title}</title>'
                         f"<text><paragraph>{escape(said)}</paragraph></text></section></component>")
    return f"""{head}
<document xmlns="urn:hl7-org:v3"><code code="{kind}" codeSystem="{_LOINC}" displayName="A KIND"/>
<title>SAMPLIN tablets</title><effectiveTime value="{day}"/><setId root="{set_id}"/>
<versionNumber value="{version}"/>
<author><assignedEntity><representedOrganization><name>Northwind Fictional Pharma</name></representedOrganization>
</assignedEntity></author>
<component><structuredBody><component><section><code code="48780-1" codeSystem="{_LOINC}"/><subject>
<manufacturedProduct><manufacturedProduct><name>Samplin</name><ingredient classCode="ACTIM"><ingredientSubstance>
<code code="ABC123DEF4" codeSystem="{_UNII}"/><name>SAMPLINE</name></ingredientSubstance></ingredient>
</manufacturedProduct><subjectOf><approval><code displayName="NDA"/></approval></subjectOf></manufacturedProduct>
</subject></section></component>{"".join(parts)}</structuredBody></component></document>"""


def bring_in(database: Database, folder: Path, source: str, now: datetime = NOW) -> Report:
    """Imports an SPL document as a file."""
    folder.mkdir(exist_ok=True)
    path = folder / "label.xml"
    path.write_text(source, encoding="utf-8")
    return service.import_file(database, path, now)
