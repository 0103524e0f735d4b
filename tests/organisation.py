"""A real OpenID Connect provider to sign in at: it signs with a real key, checks what it is asked, and misbehaves as it
is told."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlencode

from joserfc import jws
from joserfc.jwk import OctKey, RSAKey
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

CLIENT, SECRET, KEY_NAME = "materia", "a client secret of 32 characters!", "one"


class Organisation:
    """Answers as `email`, whose address it verified.

    `claims` stand in place of the right ones (None: left out), `document` in place of what it says of itself. `fails`:
    path -> status. `is_held`: it gives its token, rightly, to whoever waits a minute. `algorithm`: RS256, none, or
    HS256 with what everybody may know.
    """

    def __init__(self) -> None:
        self.issuer = ""
        self.email = "mae@sponsor.example"
        self.claims: dict[str, Any] = {}
        self.document: dict[str, Any] = {}
        self.fails: dict[str, int] = {}
        self.algorithm = "RS256"
        self.key = key()
        self.is_held = False
        self.is_over = threading.Event()
        self.asked: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}

    def __call__(self, environ: Any, start: Any) -> Any:
        request = Request(environ)
        if self.is_held and request.path == "/token":
            self.is_over.wait(60)
        if request.path in self.fails:
            return Response("out of order", self.fails[request.path])(environ, start)
        answer: Response = getattr(self, "_" + request.path.rpartition("/")[2].replace("-", "_"))(request)
        return answer(environ, start)

    def _openid_configuration(self, _: Request) -> Response:
        said = {"issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"]}
        return _json({**said, **self.document})

    def _keys(self, _: Request) -> Response:
        return _json({"keys": [key().as_dict(private=False, kid=KEY_NAME, use="sig")]})

    def _authorize(self, request: Request) -> Response:
        """Whoever is asked says yes at once."""
        asked = dict(request.args.items())
        assert asked["client_id"] == CLIENT and asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256" and asked["state"] and asked["nonce"]
        self.asked.append(asked)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"]})
        return Response(status=302, headers={"Location": f"{asked['redirect_uri']}?{back}"})

    def _token(self, request: Request) -> Response:
        asked, form = self._codes.pop(request.form["code"], None), request.form
        given = request.authorization
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if asked is None or given is None or (given.username, given.password) != (CLIENT, SECRET) or (
                asked["code_challenge"] != challenge.decode()) or form["redirect_uri"] != asked["redirect_uri"]:
            return _json({"error": "invalid_grant"}, 400)
        return _json({"access_token": "none", "token_type": "Bearer", "id_token": self._signed(asked["nonce"])})

    def _signed(self, nonce: str) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": "1", "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": nonce,
                  "email": self.email, "email_verified": True, "auth_time": now, **self.claims}
        body = json.dumps({name: value for name, value in claims.items() if value is not None})
        if self.algorithm == "none":
            return ".".join((_packed(json.dumps({"alg": "none"})), _packed(body), ""))
        header = {"alg": self.algorithm, "kid": KEY_NAME}
        signs: Any = OctKey.import_key(SECRET) if self.algorithm == "HS256" else self.key
        return jws.serialize_compact(header, body.encode(), signs, algorithms=["RS256", "HS256"])


@cache
def key() -> RSAKey:
    """Its key. Once for all: making one takes its time."""
    return RSAKey.generate_key(2048)


@cache
def foreign_key() -> RSAKey:
    """A key of somebody else."""
    return RSAKey.generate_key(2048)


def _packed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _json(said: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(said), status, content_type="application/json")


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Says nothing."""


@contextmanager
def listening() -> Iterator[Organisation]:
    """A running provider at an address of this machine."""
    provider = Organisation()
    server = make_server("127.0.0.1", 0, provider, threaded=True, request_handler=_Quiet)
    provider.issuer = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.is_over.set()
        server.shutdown()
        thread.join()
        server.server_close()
