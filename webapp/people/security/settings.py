"""Flask-Security's settings: which of its parts are on, at which addresses, and its sentences in our words."""

from datetime import timedelta
from typing import Any

from webapp.core.clock import now
from webapp.core.errors import N_
from webapp.people.rules import (
    FRESH,
    HASHING,
    LINK_LASTS,
    PASSWORD_MINIMUM,
    SIGN_IN_LASTS,
    MailName,
    normal_address,
)

WRONG = N_("The e-mail address or the password is wrong. Check both and try again.")
WRONG_CODE = N_("This code is not right, or was used already. Wait for the next one and try again.")
BAD_LINK = N_("This link was used, has run out or is not whole. Ask for a new one.")
PASSKEY_FAILED = N_("The passkey was not taken. Try again, or sign in another way.")
MESSAGES = {
    "GENERIC_AUTHN_FAILED": WRONG, "USER_DOES_NOT_EXIST": WRONG, "INVALID_PASSWORD": N_("The password is wrong."),
    "INVALID_PASSWORD_CODE": WRONG, "EMAIL_NOT_PROVIDED": N_("Write your e-mail address."),
    "INVALID_EMAIL_ADDRESS": N_("This is no e-mail address. Write it as name@example.org."),
    "PASSWORD_NOT_PROVIDED": N_("Write a password."), "CONFIRMATION_REQUIRED": WRONG, "DISABLED_ACCOUNT": WRONG,
    "PASSWORD_IS_THE_SAME": N_("This is the old password. Choose a new one."),
    "RETYPE_PASSWORD_MISMATCH": N_("The two passwords differ."),
    "TWO_FACTOR_INVALID_TOKEN": WRONG_CODE, "INVALID_CODE": WRONG_CODE, "INVALID_RECOVERY_CODE": WRONG_CODE,
    "TWO_FACTOR_METHOD_NOT_AVAILABLE": N_("Choose how to go on."), "API_ERROR": N_("Something was missing. Try again."),
    "EMAIL_ALREADY_ASSOCIATED": WRONG, "WEBAUTHN_NAME_REQUIRED": N_("Give the passkey a name."),
    "WEBAUTHN_NAME_INUSE": N_("You have a passkey of this name. Choose another."),
    "WEBAUTHN_NO_VERIFY": PASSKEY_FAILED, "WEBAUTHN_UNKNOWN_CREDENTIAL_ID": PASSKEY_FAILED,
    "WEBAUTHN_CREDENTIAL_WRONG_USAGE": PASSKEY_FAILED, "WEBAUTHN_MISMATCH_USER_HANDLE": PASSKEY_FAILED,
    "WEBAUTHN_ORPHAN_CREDENTIAL_ID": PASSKEY_FAILED, "WEBAUTHN_CREDENTIAL_ID_INUSE": PASSKEY_FAILED,
    "WEBAUTHN_NAME_NOT_FOUND": N_("You have no passkey of this name."),
    "WEBAUTHN_EXPIRED": PASSKEY_FAILED,
}
NEVER = timedelta(0)
AFTER_SIGN_IN = "/after-sign-in"
RESET_ERROR_VIEW = "/reset?notice=bad-link"
ADDRESSES = {
    "LOGIN_URL": "/sign-in", "LOGOUT_URL": "/sign-out", "REGISTER_URL": "/sign-up", "CONFIRM_URL": "/sign-up/confirm",
    "RESET_URL": "/reset", "CHANGE_URL": "/account/password", "CHANGE_EMAIL_URL": "/account/email",
    "VERIFY_URL": "/account/again", "TWO_FACTOR_SETUP_URL": "/account/second-factor",
    "TWO_FACTOR_TOKEN_VALIDATION_URL": "/sign-in/code", "TWO_FACTOR_RESCUE_URL": "/sign-in/rescue",
    "TWO_FACTOR_SELECT_URL": "/sign-in/which", "MULTI_FACTOR_RECOVERY_URL": "/sign-in/recovery-code",
    "MULTI_FACTOR_RECOVERY_CODES_URL": "/account/recovery-codes", "WAN_REGISTER_URL": "/account/passkeys",
    "WAN_SIGNIN_URL": "/sign-in/passkey", "WAN_DELETE_URL": "/account/passkey-removal",
    "WAN_VERIFY_URL": "/account/again/passkey",
    "POST_LOGIN_VIEW": AFTER_SIGN_IN, "POST_LOGOUT_VIEW": "/", "POST_REGISTER_VIEW": "/sign-in?notice=mail-sent",
    "POST_CONFIRM_VIEW": "/sign-in?notice=confirmed", "CONFIRM_ERROR_VIEW": "/sign-up/confirm?notice=bad-link",
    "POST_RESET_VIEW": "/sign-in?notice=password-set", "POST_CHANGE_VIEW": "/account/security?notice=password-set",
    "POST_CHANGE_EMAIL_VIEW": "/sign-in?notice=address-changed",
    "CHANGE_EMAIL_ERROR_VIEW": "/sign-in?notice=bad-link", "TWO_FACTOR_POST_SETUP_VIEW": "/account/recovery-codes",
    "TWO_FACTOR_ERROR_VIEW": "/sign-in", "WAN_POST_REGISTER_VIEW": "/account/passkeys",
    "POST_VERIFY_VIEW": "/account/security",
}
PAGES = {
    "LOGIN_USER_TEMPLATE": "sign-in", "REGISTER_USER_TEMPLATE": "sign-up",
    "SEND_CONFIRMATION_TEMPLATE": "confirm-again",
    "FORGOT_PASSWORD_TEMPLATE": "reset", "RESET_PASSWORD_TEMPLATE": "new-password",
    "CHANGE_PASSWORD_TEMPLATE": "change-password", "CHANGE_EMAIL_TEMPLATE": "change-email", "VERIFY_TEMPLATE": "again",
    "TWO_FACTOR_SETUP_TEMPLATE": "second-factor", "TWO_FACTOR_VERIFY_CODE_TEMPLATE": "code",
    "TWO_FACTOR_SELECT_TEMPLATE": "which-factor", "MULTI_FACTOR_RECOVERY_TEMPLATE": "recovery-code",
    "MULTI_FACTOR_RECOVERY_CODES_TEMPLATE": "recovery-codes", "WAN_REGISTER_TEMPLATE": "passkeys",
    "WAN_SIGNIN_TEMPLATE": "passkey-sign-in", "WAN_VERIFY_TEMPLATE": "passkey-again",
}
MAILS = {
    "REGISTER_EMAIL_TEMPLATE": MailName.WELCOME, "REGISTER_EMAIL_EXISTING_TEMPLATE": MailName.WELCOME_EXISTING,
    "EMAIL_TEMPLATE_CONFIRM": MailName.CONFIRM, "EMAIL_TEMPLATE_PASSWORD_RESET": MailName.RESET,
    "EMAIL_TEMPLATE_PASSWORD_RESET_NOTICE": MailName.RESET_NOTICE,
    "EMAIL_TEMPLATE_PASSWORD_CHANGE_NOTICE": MailName.PASSWORD_CHANGED,
    "CHANGE_EMAIL_EMAIL_TEMPLATE": MailName.CHANGE_EMAIL,
}
SWITCHES: dict[str, Any] = {
    "REGISTERABLE": True, "CONFIRMABLE": True, "RECOVERABLE": True, "CHANGEABLE": True, "CHANGE_EMAIL": True,
    "TWO_FACTOR": True, "MULTI_FACTOR_RECOVERY_CODES": True, "WEBAUTHN": True, "TRACKABLE": False,
    "LOGOUT_METHODS": ["POST"], "RETURN_GENERIC_RESPONSES": True, "PASSWORD_CONFIRM_REQUIRED": False,
    "JOIN_USER_ROLES": False, "DEFAULT_REMEMBER_ME": False, "FLASH_MESSAGES": False,  # a message is a cookie
    "STATIC_FOLDER": None, "CACHE_CONTROL": {}, "REDIRECT_VALIDATE_MODE": ["absolute"], "URL_PREFIX": None,
    "EMAIL_PLAINTEXT": False, "EMAIL_HTML": False,  # the worker writes them: see `letters`
    "TWO_FACTOR_ENABLED_METHODS": ["authenticator"], "TWO_FACTOR_RESCUE_EMAIL": False,
    "TWO_FACTOR_ALWAYS_VALIDATE": True, "TOTP_ISSUER": "Materia",
    "TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,  # beside its own 30 s (ASVS 5.0, 6.5.5): clocks differ (RFC 6238, 5.2)
    "WAN_RP_NAME": "Materia", "WAN_ALLOW_USER_HINTS": False,  # they tell which accounts have passkeys
    "WAN_ALLOW_AS_VERIFY": ["first", "secondary"],  # the latter after a password: see `again`
    "API_ENABLED_METHODS": ["session"],
}


def settings() -> dict[str, Any]:
    """All of them, as the application's configuration takes them."""
    ours = {**ADDRESSES, **PAGES, **{name: str(mail) for name, mail in MAILS.items()}, **SWITCHES,
            **{f"MSG_{name}": (message, "error") for name, message in MESSAGES.items()}}
    return {
        **{f"SECURITY_{name}": value for name, value in ours.items()},
        "SECURITY_PASSWORD_SINGLE_HASH": {"argon2"}, "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {f"argon2__{name}": value for name, value in HASHING.items()},
        "SECURITY_PASSWORD_LENGTH_MIN": PASSWORD_MINIMUM,
        "SECURITY_PASSWORD_NORMALIZE_FORM": "NFKC",
        # What links in mails are bound to, besides being signed. The default, which old links hold, takes half a
        # second of a core, and takes it only for addresses that are known.
        "SECURITY_HASHING_SCHEMES": ["hex_sha256", "sha256_crypt"], "SECURITY_DEPRECATED_HASHING_SCHEMES": [],
        "SECURITY_DATETIME_FACTORY": now, "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False,
                                                                           "test_environment": True},
        "SECURITY_USER_IDENTITY_ATTRIBUTES": [{"email": {"mapper": _address, "case_insensitive": True}}],
        "SECURITY_FRESHNESS": FRESH, "SECURITY_FRESHNESS_GRACE_PERIOD": NEVER,
        "SECURITY_CONFIRM_EMAIL_WITHIN": LINK_LASTS, "SECURITY_RESET_PASSWORD_WITHIN": LINK_LASTS,
        "SECURITY_CHANGE_EMAIL_WITHIN": LINK_LASTS, "SECURITY_SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": SIGN_IN_LASTS,
        "SESSION_PROTECTION": None}  # Flask-Login's own: a new network changes its idea of fresh, which nobody asks


def _address(identity: str) -> str | None:
    return normal_address(identity) if "@" in identity and len(identity) <= 254 else None
