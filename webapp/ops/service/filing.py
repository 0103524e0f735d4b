"""Promotional pieces about US medicines, for FDA form 2253: which were first disseminated in a period, and their facts.

A piece is a version of a page, by its digest, or a campaign's message in one language: each is other bytes, and goes in
by itself. It counts from the moment that a reader could open it, or that its first mail left.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlmodel import Session

from webapp.articles import queries as articles
from webapp.articles.rules.frontmatter import Kind
from webapp.articles.rules.shelf import Entry, path_of
from webapp.campaigns import queries as campaigns
from webapp.campaigns.queries import Campaign
from webapp.campaigns.rules import CampaignState
from webapp.campaigns.service import planning
from webapp.channels import queries as channels
from webapp.core.errors import N_
from webapp.core.platform import Platform
from webapp.core.subject import Subject
from webapp.medicines import queries as medicines
from webapp.medicines.queries import Label, Place
from webapp.policy import rules as policy
from webapp.review import queries as dossiers
from webapp.review import service as review
from webapp.review.rules import form_2253
from webapp.review.rules.form_2253 import Form, Piece, Product
from webapp.sponsors import queries as sponsors
from webapp.sponsors.queries import Brand, Company

MARKET = "us"
OTC = "34390-5"
"""LOINC document type of a label of a medicine that needs no prescription."""
INDICATIONS = "34067-9"
ACCELERATED = "accelerated approval"
"""What the label's indications say of such an approval (21 CFR 201.57(c)(2) asks them to describe its limits)."""
NO_PRODUCT = N_("left out, since it names no product. The form is not for what only helps to seek care.")
OVER_THE_COUNTER = N_("left out, since its label is of a medicine that needs no prescription.")


class Mail(NamedTuple):
    """A campaign's message in one language, and when the first of its mails left."""

    campaign: Campaign
    language: str
    first_at: datetime


Source = Entry | Mail


class LeftOut(NamedTuple):
    """A company's own piece that is none for the form, and why, for the catalogue."""

    description: str
    why: str


@dataclass(frozen=True)
class Filing:
    """What a period gives. `sources` name by the specimen's file what it is made from; `without_label` are products of
    which no label says whether they need a prescription; `due_before_use` are pieces that wait and go in ahead."""

    first: date
    last: date
    forms: tuple[Form, ...]
    left_out: tuple[LeftOut, ...]
    sources: Mapping[str, Source]
    without_label: tuple[str, ...]
    due_before_use: tuple[str, ...]

    @property
    def has_untyped(self) -> bool:
        """Whether whoever files must still choose the material type of a piece."""
        return any(not form.material_type(piece) for form in self.forms for piece in form.pieces)


def collect(platform: Platform, session: Session, first: date, last: date, given: Mapping[str, str]) -> Filing:
    """The filing of the days (UTC) from `first` to `last`. Invalid for a period or given values that make no sense."""
    form_2253.check_period(first, last)
    form_2253.check_given(given)
    desk = _Desk(platform, session)
    found: dict[str, tuple[Piece, Source]] = {}
    left_out = []
    sources: list[Source] = [*_pages(session, first, last), *_mails(session, first, last)]
    for source in sources:
        made = desk.piece(source)
        if isinstance(made, LeftOut):
            left_out.append(made)
        else:
            found[made.specimen] = (made, source)
    forms = form_2253.forms((piece for piece, _ in found.values()), given)
    return Filing(first, last, tuple(forms), tuple(left_out), {name: source for name, (_, source) in found.items()},
                  tuple(sorted({_name(piece.product) for piece, _ in found.values() if not piece.product.label_id})),
                  tuple(desk.due_before_use()))


def _name(product: Product) -> str:
    return product.proprietary_name or product.established_name or "-"


def _pages(session: Session, first: date, last: date) -> list[Entry]:
    lines = [line for line in articles.first_published(session).values() if first <= line.at.date() <= last]
    return [entry for _, entry in sorted(articles.as_published(session, lines).items()) if _sells_here(entry)]


def _sells_here(entry: Entry) -> bool:
    return entry.market == MARKET and policy.sells(entry.content_class, entry.funding)


def _mails(session: Session, first: date, last: date) -> Iterator[Mail]:
    for (number, language), at in sorted(channels.first_sent(session, planning.SUBJECT).items()):
        campaign = campaigns.campaign(session, number)
        if campaign.market == MARKET and not campaign.is_simulated and first <= at.date() <= last:
            yield Mail(campaign, language, at)


class _Desk:
    """Makes pieces, with what it looks up for them."""

    def __init__(self, platform: Platform, session: Session) -> None:
        self._platform, self._session = platform, session

    def piece(self, source: Source) -> Piece | LeftOut:
        """The source as a piece, or why it is none."""
        return self._page(source) if isinstance(source, Entry) else self._mail(source)

    def due_before_use(self) -> Iterator[str]:
        """What waits and is about a medicine under accelerated approval."""
        for entry in articles.waiting(self._session):
            product = self._of_page(entry) if _sells_here(entry) and entry.kind == Kind.DRUG else None
            if product is not None and product.is_accelerated:
                yield self._page_name(entry)
        for campaign in campaigns.all_campaigns(self._session):
            if campaign.market == MARKET and campaign.state in (CampaignState.DRAFT, CampaignState.SCHEDULED):
                product = self._of_mail(campaign, campaign.created_at.date())
                if product is not None and product.is_accelerated:
                    yield f"E-mail campaign “{campaign.name}”"

    def _page(self, entry: Entry) -> Piece | LeftOut:
        name = self._page_name(entry)
        if entry.kind != Kind.DRUG:
            return LeftOut(name, NO_PRODUCT)
        product = self._of_page(entry)
        if product is None:
            return LeftOut(name, OVER_THE_COUNTER)
        assert entry.published_at is not None
        return self._made(entry.subject, entry.digest, product, entry.company, entry.audience, name,
                          entry.published_at, f"{entry.language}-{entry.audience}")

    def _page_name(self, entry: Entry) -> str:
        path = path_of(entry.address, entry.audience, entry.place, self._platform.homes)
        return f"Web page “{entry.title}” ({entry.language}), {self._platform.base_url}{path}"

    def _mail(self, mail: Mail) -> Piece | LeftOut:
        campaign, session = mail.campaign, self._session
        subject = next(message.subject for message in campaigns.messages(session, campaign.id or 0)
                       if message.language == mail.language)
        name = f"E-mail “{subject}” ({mail.language}), campaign “{campaign.name}”"
        product = self._of_mail(campaign, mail.first_at.date())
        if product is None:
            return LeftOut(name, OVER_THE_COUNTER)
        if product == Product() and campaign.landing_kind != Kind.DRUG:
            return LeftOut(name, NO_PRODUCT)
        audience = "hcp" if campaign.account_kind == "hcp" else "patient"
        return self._made(planning.subject(campaign.id or 0), planning.digest(session, campaign), product,
                          planning.company_name(session, campaign), audience, name, mail.first_at,
                          f"{mail.language}-mail", form_2253.MAIL)

    def _made(self, subject: Subject, digest: str, product: Product, applicant: str, audience: str, name: str,
              first_at: datetime, ending: str, medium: str = form_2253.PAGE) -> Piece:
        dossier = dossiers.dossier(self._session, subject, digest)
        material = review.material_id(self._session, subject)
        version = dossier.version if dossier else None
        stem = f"{material}-v{version}" if material and version else f"{subject.kind}-{subject.id}-{digest[:8]}"
        return Piece(product, applicant, audience, material, version, digest, name, first_at,
                     f"pieces/{stem}-{ending}.html", medium)

    def _of_page(self, entry: Entry) -> Product | None:
        company = sponsors.company_named(self._session, entry.company)
        on = entry.published_at.date() if entry.published_at else date.max
        return self._product(company, f"{entry.slug} {entry.title} {entry.summary}", entry.labels, on)

    def _of_mail(self, campaign: Campaign, on: date) -> Product | None:
        words = " ".join(f"{message.subject} {message.body}"
                         for message in campaigns.messages(self._session, campaign.id or 0))
        landing = planning.landing(self._session, campaign, campaign.languages[0])
        company = sponsors.company(self._session, campaign.company_id)
        return self._product(company, f"{campaign.landing_slug} {words}", landing.labels if landing else (), on)

    def _product(self, company: Company | None, text: str, set_ids: Iterable[str], on: date) -> Product | None:
        """The medicine that a text is about; None of one that needs no prescription."""
        labels = medicines.in_force(self._session, tuple(set_ids), on)
        bound = [label for label in labels if label.document_type != OTC]
        if labels and not bound:
            return None
        brands = sponsors.brands(self._session, company.id or 0) if company else []
        brand = next((brand for brand in brands if _is_named(brand, text)), None)
        return self._described(brand, bound[0] if bound else None)

    def _described(self, brand: Brand | None, label: Label | None) -> Product:
        if label is None:
            return Product(brand.name, brand.generic_name) if brand else Product()
        ingredients = ", ".join(entry["name"] for entry in label.ingredients)
        place = Place(label.set_id, label.version, INDICATIONS)
        indications = medicines.passages(self._session, [place]).get(place)
        return Product(
            brand.name if brand else label.product, brand.generic_name if brand else ingredients, label.manufacturer,
            label.marketing_category, label.effective_on, f"{label.set_id} version {label.version}",
            indications is not None and ACCELERATED in indications.text.lower())


def _is_named(brand: Brand, text: str) -> bool:
    said = text.lower()
    return brand.name.lower() in said or brand.generic_name.lower() in said
