"""Second factors: codes that are good once, pictures without a foreign address, passkeys of this site."""

import base64
import io
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import qrcode  # type: ignore[import-untyped]
from flask import Flask, g, request
from flask_security import Totp, WebauthnUtil
from passlib.exc import UsedTokenError  # type: ignore[import-untyped]
from qrcode.image.svg import SvgPathImage  # type: ignore[import-untyped]
from sqlalchemy import or_, update
from sqlmodel import col
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from webapp.core.tokens import KeyRing
from webapp.people.models import Account


class Authenticator(Totp):
    """Codes of an authenticator app. None is taken twice (ASVS 5.0, 6.5.1)."""

    wallet: Callable[[], Any]

    def __init__(self, secrets: dict[str, str], issuer: str) -> None:
        self._totp = self.wallet()

    def get_last_counter(self, user: Any) -> int | None:
        """The last code's number."""
        counter: int | None = user.totp_counter
        return counter

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        """Notes the code as used; of two that come at the same instant, one is refused."""
        changed = g.db.execute(update(Account).where(
            col(Account.id) == user.id,
            or_(col(Account.totp_counter).is_(None), col(Account.totp_counter) < tmatch.counter))
            .values(totp_counter=tmatch.counter), execution_options={"synchronize_session": False})
        if changed.rowcount != 1:
            raise UsedTokenError

    def generate_qrcode(self, username: str, totp: str) -> str:
        """The picture as SVG, to stand in the page itself."""
        picture = qrcode.make(self.get_totp_uri(username, totp), image_factory=SvgPathImage, border=2)
        with io.BytesIO() as file:
            picture.save(file)
            return file.getvalue().decode().partition("?>")[2]


class PasskeyUtil(WebauthnUtil):
    """Passkeys are bound to this site's address."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)

    def origin(self) -> str:
        """The host that was asked for (the edge has checked it), by the scheme of the public address: behind a proxy
        the request's own is not the browser's."""
        return f"{urlsplit(g.platform.base_url).scheme}://{request.host}"

    def registration_options(self, user: Any, usage: str, existing_options: dict[str, Any]) -> dict[str, Any]:
        """Any device will do, the one in hand among them. One that takes a password's place must ask its owner."""
        options: dict[str, Any] = super().registration_options(user, usage, existing_options)
        options["authenticator_selection"] = AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED if usage == "first" else ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.REQUIRED if usage == "first"
            else UserVerificationRequirement.PREFERRED)
        return options


def fernet_keys(ring: KeyRing) -> list[bytes]:
    """Keys that seal recovery codes; the newest first, old ones still open."""
    return [base64.urlsafe_b64encode(bytes.fromhex(ring.derive("recovery-codes", secret))) for secret in ring.secrets]
