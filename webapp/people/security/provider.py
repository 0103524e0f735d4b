"""An organisation's own sign-in, by OpenID Connect: asked by authorization code with PKCE, believed only whole.

Authlib speaks the protocol and joserfc checks the signature. What neither does by itself is done here: the document
must be the issuer's own, signatures are those of `ALGORITHMS` whatever that document offers, the audience and the
nonce must be there, an address counts only as verified, and a `sub` only as the protocol describes it.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from requests import RequestException

from webapp.people.rules import normal_address

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures by a key of the provider's own: not `none`, and none by a secret that is shared."""
TIMEOUT_SECONDS = (3.0, 5.0)
"""To connect, and for each part of an answer: our choice; whoever signs in waits for it."""
SKEW_SECONDS = 30
"""How far the provider's clock may be from ours: our choice."""
KEPT_SECONDS = 3600
"""How long its document and keys are kept; an unknown key's name has the keys fetched at once."""
REFETCH_SECONDS = 10
"""But not more often than this, so that nobody makes us ask by inventing names."""
SUBJECT_LENGTH = 255
"""ASCII characters of a `sub` at most (OpenID Connect Core, 2)."""
SCOPE = "openid email"
"""No name, no more."""


class Unusable(Exception):
    """What the provider said cannot be used. The message is a reason for the security log: it names no person."""


class Unreachable(Unusable):
    """The provider did not answer, or with an error of its own."""


@dataclass(frozen=True)
class Options:
    """How the provider knows us, and whom of its people we take."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    domains: frozenset[str]
    """Of e-mail addresses, in lower case."""
    second_factor: frozenset[str] = frozenset()
    """Values of the claims `amr` or `acr` that say that a second factor was shown; none: it is asked here."""


@dataclass(frozen=True)
class Started:
    """A question to the provider: where the browser goes, and what its answer must fit."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Shown:
    """What a token said, once it was believed."""

    issuer: str
    subject: str
    """What the provider calls them, for good."""
    email: str
    is_strong: bool
    """Whether a second factor was shown there."""
    auth_time: float | None
    """When they showed who they are, in seconds since 1970; None: it does not say."""


class Provider:
    """One per process. Its document and keys are fetched when they are first needed."""

    def __init__(self, options: Options, back: str) -> None:
        """`back`: our address that the provider sends browsers back to, as it knows it."""
        self._options = options
        self._back = back
        self._kept: dict[str, tuple[float, Any]] = {}

    def start(self, *, is_again: bool) -> Started:
        """A question. `is_again`: whoever answers must show anew who they are. Raises Unreachable."""
        verifier, nonce = generate_token(48), generate_token(30)
        anew = {"prompt": "login", "max_age": 0} if is_again else {}
        document = self._document()
        with self._session() as session:
            url, state = session.create_authorization_url(
                document["authorization_endpoint"], code_verifier=verifier, nonce=nonce, **anew)
        return Started(url, state, nonce, verifier)

    def finish(self, code: str, *, nonce: str, verifier: str) -> Shown:
        """What the code is good for. Raises Unusable with the reason."""
        document = self._document()
        try:
            with self._session(document) as session:
                answer = session.fetch_token(document["token_endpoint"], code=code, code_verifier=verifier,
                                             grant_type="authorization_code")
            return self._shown(self._believed(str(answer["id_token"]), str(answer.get("access_token", "")), nonce))
        except RequestException as error:
            raise Unreachable(type(error).__name__) from None
        except (AuthlibBaseError, JoseError, LookupError, TypeError, ValueError) as error:
            raise Unusable(type(error).__name__) from None

    def _believed(self, token: str, access_token: str, nonce: str) -> CodeIDToken:
        try:
            decoded = jwt.decode(token, self._keys(), algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            decoded = jwt.decode(token, self._keys(is_new=True), algorithms=ALGORITHMS)
        expected = {"iss": self._options.issuer, "aud": self._options.client_id, "nonce": nonce}
        claims = CodeIDToken(
            decoded.claims, decoded.header,
            {name: {"essential": True, "value": value} for name, value in expected.items()},
            {"client_id": self._options.client_id, "nonce": nonce, "access_token": access_token})
        claims.validate(leeway=SKEW_SECONDS)
        return claims

    def _shown(self, claims: Mapping[str, Any]) -> Shown:
        if claims.get("email_verified") is not True:
            raise Unusable("address not verified")
        email = normal_address(str(claims.get("email", "")))
        if email.rpartition("@")[2] not in self._options.domains:
            raise Unusable("address of another domain")
        subject = claims.get("sub")
        if not (isinstance(subject, str) and subject.isascii() and subject.isprintable()
                and 0 < len(subject) <= SUBJECT_LENGTH):
            raise Unusable("no subject as the protocol describes it")
        said = {str(value) for value in (*claims.get("amr", ()), claims.get("acr", ""))}
        auth_time = claims.get("auth_time")
        return Shown(self._options.issuer, subject, email, bool(said & self._options.second_factor),
                     None if auth_time is None else float(auth_time))

    def _document(self) -> dict[str, Any]:
        found: dict[str, Any] = self._fetched(f"{self._options.issuer.rstrip('/')}/.well-known/openid-configuration")
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        scheme = self._options.issuer.partition(":")[0]
        if found.get("issuer") != self._options.issuer or not all(
                str(found.get(name, "")).startswith(f"{scheme}://") for name in needed):
            raise Unusable("the document is not the issuer's")
        return found

    def _keys(self, *, is_new: bool = False) -> KeySet:
        return KeySet.import_key_set(self._fetched(self._document()["jwks_uri"], is_new=is_new))

    def _fetched(self, url: str, *, is_new: bool = False) -> Any:
        at, found = self._kept.get(url, (0.0, None))
        if found is not None and time.monotonic() - at < (REFETCH_SECONDS if is_new else KEPT_SECONDS):
            return found
        try:
            with self._session() as session:
                answer = session.get(url, withhold_token=True, allow_redirects=False)
                answer.raise_for_status()
                found = dict(answer.json())
        except (RequestException, TypeError, ValueError) as error:
            raise Unreachable(type(error).__name__) from None
        self._kept[url] = time.monotonic(), found
        return found

    def _session(self, document: Mapping[str, Any] | None = None) -> OAuth2Session:
        taken = (document or {}).get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        method = "client_secret_basic" if "client_secret_basic" in taken else "client_secret_post"
        return OAuth2Session(
            self._options.client_id, self._options.client_secret, scope=SCOPE, redirect_uri=self._back,
            code_challenge_method="S256", token_endpoint_auth_method=method, default_timeout=TIMEOUT_SECONDS)
