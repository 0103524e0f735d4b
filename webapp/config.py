"""Environment -> frozen settings. A missing secret stops start-up with the name of the variable to set."""

from email.utils import parseaddr
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

from webapp.channels.message import UnmailableError, mailable_address
from webapp.channels.smtp import Security
from webapp.core.db import Database
from webapp.core.languages import LANGUAGES, MARKETS
from webapp.core.platform import ROOMS, Platform
from webapp.core.render import Renderer
from webapp.core.tokens import KeyRing
from webapp.core.writer import GroupWriter

DATABASES = ("sqlite:///", "postgresql+psycopg://")
BESIDE = (("postal_address", "mail_from"), ("dkim_key_file", "dkim_domain"), ("oidc_issuer", "oidc_client_id"),
          ("oidc_client_id", "oidc_client_secret"), ("oidc_client_secret", "oidc_domains"),
          ("oidc_domains", "oidc_issuer"), ("oidc_second_factor", "oidc_issuer"))
"""What is set only beside another."""
SECRET_LENGTH = 32
"""Characters a secret must have at least: 128 bits even if written in hexadecimal."""


class MissingSetting(Exception):
    """Start-up stops; the message is one sentence per variable."""


class Settings(BaseSettings):
    """All configuration, read from variables that begin with MATERIA_."""

    model_config = SettingsConfigDict(env_prefix="MATERIA_", frozen=True, extra="ignore")

    secret_key: str = Field(min_length=SECRET_LENGTH, repr=False)
    """Signs sessions and links; at least 32 characters."""
    old_secret_keys: tuple[str, ...] = Field(default=(), repr=False)
    """Earlier secret keys that must still verify, as a JSON list."""
    base_url: str = "http://127.0.0.1:8000"
    """The public address, without a path."""
    hosts: tuple[str, ...] = ()
    """Further host names that may be asked for, as a JSON list."""
    database_url: str = "sqlite:///var/materia.db"
    """SQLite by default; `postgresql+psycopg://...` where one machine is not enough."""
    data_dir: Path = Path("var")
    """Holds the lock file that keeps a second server away."""
    content_dir: Path = Path("content")
    home_markets: dict[str, str] = {"en": "us", "zh": "cn"}
    """Language -> the market whose pages live at `/en/` and `/zh/`, as a JSON object."""
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    smtp_user: str = ""
    smtp_password: str = Field(default="", repr=False)
    smtp_tls: Security = Security.STARTTLS
    """`starttls`, `tls` or `none` (a server on this machine only)."""
    mail_from: str = ""
    """Sender of all mail, as `Name <address>`. Without it and the postal address campaigns are refused, and every other
    mail fails."""
    postal_address: str = ""
    """Stands in every campaign mail."""
    dkim_domain: str = ""
    dkim_selector: str = "materia"
    dkim_key_file: Path | None = None
    """PEM private key (RSA or Ed25519); mails are signed when it is set."""
    registry_url: str = ""
    """A look-up service like CMS's NPI registry, API 2.1, over https; without one the imported register is asked."""
    oidc_issuer: str = ""
    """Where staff and sponsors may sign in besides, by OpenID Connect, over https."""
    oidc_client_id: str = ""
    oidc_client_secret: str = Field(default="", repr=False)
    oidc_domains: tuple[str, ...] = ()
    """Domains of the addresses that are taken from there, as a JSON list."""
    oidc_second_factor: tuple[str, ...] = ()
    """Values of `amr` or `acr` that say it asked for a second factor, as a JSON list; without one it is asked here."""
    rooms: Annotated[tuple[str, ...], NoDecode] = ROOMS
    """Which of the rooms that a copy may do without this one has, with commas between: `cme` runs accredited education
    alone."""
    cme_provider: str = "Materia"
    """Who provides accredited education here, as certificates name it."""
    cme_accredited: tuple[str, ...] = ()
    """Keys of the credit systems that the provider is accredited for, as a JSON list such as ["ama-pra-1"]: without one
    no statement of the system is shown, and nothing counts as its credit."""
    pars_url: str = ""
    """Where credit is reported to the accreditor's PARS, over https; without it records are written as files."""
    pars_token: str = Field(default="", repr=False)
    """What that service knows the provider by."""
    proxies: int = Field(default=0, ge=0, le=5)
    """How many proxies of ours stand in front and add `X-Forwarded-For`; with 0 that header is ignored."""
    senders: int = Field(default=4, ge=1, le=64)
    """Mail connections held at once by one worker."""
    mails_per_second: float = Field(default=50, gt=0, le=10_000)
    """How many mails one worker sends at most: relays limit it, and readers' pages share the machine."""
    web_threads: int = Field(default=64, ge=4, le=512)
    demo: bool = False
    """Sample clearance, fictional accounts and the mailbox; set by `materia demo` alone."""

    @field_validator("database_url")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if not value.startswith(DATABASES):
            raise ValueError(f"must begin with {' or '.join(DATABASES)}")
        return value

    @field_validator("rooms", mode="before")
    @classmethod
    def _are_rooms(cls, value: object) -> object:
        named = [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value
        if not isinstance(named, list | tuple) or not named or not set(named) <= set(ROOMS):
            raise ValueError(f"must name rooms with commas between; known: {', '.join(ROOMS)}")
        return tuple(named)

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:  # brackets without an end, or a port that is no number
            is_whole = False
        if not is_whole or (parts.path, parts.query, parts.fragment) not in (("", "", ""), ("/", "", "")):
            raise ValueError("must be http:// or https:// and a host, without a path")
        return value

    @field_validator("smtp_host")
    @classmethod
    def _is_host(cls, value: str) -> str:
        try:
            value.encode("idna")
        except UnicodeError:
            raise ValueError("must be a host name or an address") from None
        return value

    @field_validator("mail_from")
    @classmethod
    def _is_sender(cls, value: str) -> str:
        name, address = parseaddr(value)
        if value and not (name.isprintable() and _is_mailable(address)):
            raise ValueError("must be an address such as Materia <news@example.org>")
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> "Settings":
        for given, other in BESIDE:
            if getattr(self, given) and not getattr(self, other):
                raise PydanticCustomError("missing_beside", "MATERIA_{other} is not set, but MATERIA_{given} is. Set "
                                          "both, or neither.", {"other": other.upper(), "given": given.upper()})
        return self

    @field_validator("oidc_issuer")
    @classmethod
    def _is_issuer(cls, value: str) -> str:
        parts = urlsplit(value)
        is_here = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
        if value and not ((parts.scheme == "https" and parts.hostname) or is_here):
            raise ValueError("must begin with https://")
        return value

    @field_validator("registry_url")
    @classmethod
    def _is_https(cls, value: str) -> str:
        if value and not value.startswith("https://"):
            raise ValueError("must begin with https://")
        return value

    @field_validator("home_markets")
    @classmethod
    def _is_complete(cls, value: dict[str, str]) -> dict[str, str]:
        known = {language.url for language in LANGUAGES}
        if set(value) != known or not set(value.values()) <= set(MARKETS):
            raise ValueError(f"must give one of {', '.join(MARKETS)} for each of {', '.join(sorted(known))}")
        return value


def load(**overrides: object) -> Settings:
    """The settings from the environment. Raises MissingSetting with one sentence per variable that is wrong."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        raise MissingSetting("\n".join(_sentence(entry) for entry in error.errors())) from None
    except SettingsError as error:  # says in words which field is no JSON
        field = str(error).partition('"')[2].partition('"')[0]
        raise MissingSetting(f"MATERIA_{field.upper()} cannot be used: it is not JSON.") from None


def _is_mailable(address: str) -> bool:
    try:
        mailable_address(address)
    except UnmailableError:
        return False
    return True


def _sentence(entry: object) -> str:
    problem = dict(entry)  # type: ignore[call-overload]
    if problem["type"] == "missing_beside":
        return str(problem["msg"])
    variable = "MATERIA_" + "_".join(str(part) for part in problem["loc"]).upper()
    if problem["type"] == "missing":
        return f"{variable} is not set. Set it to a long random value, for instance from `openssl rand -hex 32`."
    return f"{variable} cannot be used: {str(problem['msg']).removeprefix('Value error, ')}."


def platform(settings: Settings) -> Platform:
    """What every part is handed, built from the settings."""
    database = Database(settings.database_url)
    return Platform(
        database=database, renderer=Renderer(settings.base_url),
        ring=KeyRing((settings.secret_key, *settings.old_secret_keys)), writer=GroupWriter(database),
        base_url=settings.base_url.rstrip("/"), homes=dict(settings.home_markets), is_demo=settings.demo,
        postal_address=settings.postal_address, mail_from=settings.mail_from, rooms=frozenset(settings.rooms))
