"""Builds the web application: registers what each package offers; nothing else.

In a module of its own and not in the package's `__init__`, so that importing any part does not import every part.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from webapp import schema, web
from webapp.articles import views as articles
from webapp.articles.queries import markets, replaced_at
from webapp.articles.service.pages import OverviewMaker, index_pages
from webapp.campaigns import views as campaigns
from webapp.cme.service.claiming import Provider as CmeProvider
from webapp.cme.views import agreements as cme_agreements
from webapp.cme.views import certificates as cme_certificates
from webapp.cme.views import disclose as cme_disclose
from webapp.cme.views import faculty as cme_faculty
from webapp.cme.views import follow_up as cme_follow_up
from webapp.cme.views import learning as cme_learning
from webapp.cme.views import provider as cme_provider
from webapp.cme.views import provider_certificates as cme_provider_certificates
from webapp.cme.views import report as cme_report
from webapp.cme.views import sponsors as cme_sponsors
from webapp.cme.views import transcript as cme_transcript
from webapp.config import Settings
from webapp.consents import views as consents
from webapp.core.languages import all_places, prefix
from webapp.core.platform import Platform
from webapp.core.spool import Spool
from webapp.demo import views as demo
from webapp.edge import Edge, hosts_of
from webapp.engagement import service as engagement_service
from webapp.engagement import views as engagement
from webapp.engagement.rules import Page as CountedPage
from webapp.library import views as library
from webapp.ops import views as ops
from webapp.people import security
from webapp.people import views as people
from webapp.people.security.organisation import BACK
from webapp.people.security.provider import Options, Provider
from webapp.professionals import views as professionals
from webapp.reports import views as reports
from webapp.review import views as review
from webapp.safety.service.counting import count as count_cases
from webapp.safety.service.sources import Sources
from webapp.safety.views import asking as safety_asking
from webapp.safety.views import desks as safety_desks
from webapp.safety.views import months as safety_months
from webapp.safety.views import reporting
from webapp.safety.views import sponsors as safety_sponsors
from webapp.safety.views import triage as safety_triage
from webapp.search import views as search
from webapp.search.service.index import FOLDER as SEARCH_FOLDER
from webapp.search.service.index import Finder
from webapp.site import views as site
from webapp.site.service.home import home_pages

OVERVIEWS: tuple[OverviewMaker, ...] = (index_pages, home_pages)
"""Pages that show several topics, made anew with every publication."""
BLUEPRINTS = (site.blueprint, people.blueprint, consents.blueprint, professionals.blueprint,
              ops.blueprint, ops.records.blueprint, library.blueprint, review.blueprint, reporting.blueprint,
              safety_triage.blueprint, safety_months.blueprint, safety_sponsors.blueprint,
              safety_desks.blueprint, safety_asking.blueprint)
"""Of every copy."""
ROOMS: Mapping[str, tuple[Blueprint, ...]] = {
    "engagement": (engagement.blueprint,), "campaigns": (campaigns.blueprint,), "reports": (reports.blueprint,),
    "cme": (cme_provider.blueprint, cme_provider_certificates.blueprint, cme_faculty.blueprint, cme_disclose.blueprint,
            cme_follow_up.blueprint, cme_sponsors.blueprint, cme_learning.blueprint, cme_certificates.blueprint,
            cme_transcript.blueprint, cme_report.blueprint, cme_agreements.blueprint),
    "search": (search.blueprint,),
    "articles": (articles.desk.blueprint, articles.blueprint)}
"""Room -> its pages. The readers' own come last: they catch every address that begins like a reader's."""


def create_app(settings: Settings, parts: Platform, spool: Spool[Any] | None = None) -> Flask:
    """The Flask application. Published pages are answered ahead of it: see `create_edge`. `spool`: where beacons are
    kept until they are rows, in the one process that serves a SQLite file; else they become rows at once."""
    app = Flask("webapp", static_folder=None, template_folder=None)
    app.secret_key = settings.secret_key
    app.config["SECRET_KEY_FALLBACKS"] = list(settings.old_secret_keys)
    web.set_up(app, parts)
    security.set_up(app, _render_security_page, parts.ring, _provider(settings, parts))
    app.url_map.converters["place"] = _place_converter(parts)
    in_rooms = [blueprint for room, own in ROOMS.items() if room in parts.rooms for blueprint in own]
    for blueprint in [*BLUEPRINTS, *([demo.blueprint] if settings.demo else []), *in_rooms]:
        app.register_blueprint(blueprint)
    app.config["DATA_DIR"] = settings.data_dir
    app.extensions["overviews"] = OVERVIEWS
    app.extensions["schema_head"] = schema.head  # read when asked for: it takes its time
    app.extensions["counter"] = engagement_service.Counter(parts, lambda page: _replaced_at(parts, page), spool)
    app.extensions["consent_followers"] = engagement_service.followers(parts.ring)
    app.extensions["count_cases"] = count_cases  # counts alone: operators read no case
    app.extensions["safety_sources"] = Sources(markets)
    app.extensions["finder"] = Finder(settings.data_dir / SEARCH_FOLDER)
    app.extensions["cme_provider"] = CmeProvider(settings.cme_provider, frozenset(settings.cme_accredited))
    if settings.demo:
        app.config["DEMO_DIR"] = settings.data_dir
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]
    parts.renderer.url = app.url_map.bind("localhost").build
    return app


def create_edge(settings: Settings, parts: Platform, spool: Spool[Any] | None = None) -> Edge:
    """The WSGI application that a server runs: stored pages first, Flask behind."""
    return Edge(create_app(settings, parts, spool).wsgi_app, database=parts.database, static=parts.renderer.static,
                hosts=hosts_of(settings.base_url, settings.hosts), headers=web.HEADERS,
                bodies=max(1, settings.web_threads // 2))


def _provider(settings: Settings, parts: Platform) -> Provider | None:
    """Where staff and sponsors sign in besides, if anywhere."""
    if not settings.oidc_issuer:
        return None
    return Provider(Options(
        settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret,
        frozenset(domain.strip().lower() for domain in settings.oidc_domains),
        frozenset(settings.oidc_second_factor)), f"{parts.base_url}{BACK}")


def _place_converter(parts: Platform) -> type[BaseConverter]:
    """Matches the first segment of readers' addresses, such as `en` and `zh-us`."""
    known = "|".join(prefix(place, parts.homes) for place in all_places())
    return type("PlaceConverter", (BaseConverter,), {"regex": f"(?:{known})"})


def _replaced_at(parts: Platform, page: CountedPage) -> datetime | None:
    with parts.database.reading() as session:
        return replaced_at(session, page.subject_id, page.revision_id)


def _render_security_page(template: str, **context: Any) -> str:
    return web.render_page(template, web.request_language(), **context)
