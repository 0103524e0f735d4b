"""Second factors: codes that are good once, pictures without a foreign address, passkeys of this site."""

import io
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import qrcode  # type: ignore[import-untyped]
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from flask import Flask, g, request
from flask_security import MfRecoveryCodesUtil, Totp, WebauthnUtil
from flask_security.proxies import _datastore, _security
from passlib.exc import UsedTokenError  # type: ignore[import-untyped]
from qrcode.image.svg import SvgPathImage  # type: ignore[import-untyped]
from sqlalchemy import or_, update
from sqlmodel import col
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from webapp.people.models import Account

RECOVERY_CODES = 10


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

    def user_verification(self, user: Any, usage: list[str]) -> UserVerificationRequirement:
        """Signing in by passkey alone, the device must ask its owner; after a password, or again, it should."""
        is_alone = usage == ["first"]
        return UserVerificationRequirement.REQUIRED if is_alone else UserVerificationRequirement.PREFERRED


class RecoveryCodes(MfRecoveryCodesUtil):
    """Codes for whoever lost their phone. Their hashes are kept, as a password's (ASVS 5.0, 6.5.2), since 48 bits are
    too few for a plain one; so they are shown once and cannot be shown again."""

    hasher = PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)
    """The least that OWASP asks of argon2id: all ten are tried, for whoever passed the password already."""

    def create_recovery_codes(self, user: Any) -> list[str]:
        """Ten new ones; the old ones end."""
        made: list[str] = _security.totp_factory.generate_recovery_codes(RECOVERY_CODES)
        _datastore.mf_set_recovery_codes(user, [self.hasher.hash(code) for code in made])
        return made

    def get_recovery_codes(self, user: Any) -> list[str]:
        """None: nobody knows them but their owner."""
        return []

    def check_recovery_code(self, user: Any, code: str) -> bool:
        """Whether it is one that was not used yet."""
        return self._place(user, code) is not None

    def delete_recovery_code(self, user: Any, code: str) -> bool:
        """Strikes a used one."""
        place = self._place(user, code)
        return place is not None and bool(_datastore.mf_delete_recovery_code(user, place))

    def _place(self, user: Any, code: str) -> int | None:
        kept = _datastore.mf_get_recovery_codes(user)
        return next((number for number, each in enumerate(kept) if self._is(each, code)), None)

    def _is(self, kept: str, code: str) -> bool:
        try:
            return self.hasher.verify(kept, code)
        except (VerifyMismatchError, InvalidHashError):
            return False
