"""Flask-Security's forms with what we ask besides: a length before hashing, an age, a second factor once more."""

from typing import Any

from flask_login import current_user  # type: ignore[import-untyped]
from flask_security import (
    ChangePasswordForm,
    ForgotPasswordForm,
    LoginForm,
    PasswordUtil,
    RegisterFormV2,
    ResetPasswordForm,
    SendConfirmationForm,
    VerifyForm,
    WebAuthnRegisterForm,
    WebAuthnSigninResponseForm,
)
from flask_security.proxies import _security
from flask_security.utils import hash_password
from wtforms import DateField, PasswordField, RadioField, SelectField, StringField  # type: ignore[import-untyped]
from wtforms.validators import InputRequired, Length, Optional, ValidationError  # type: ignore[import-untyped]

from webapp.core.clock import now
from webapp.core.errors import N_
from webapp.core.languages import LANGUAGES, MARKETS
from webapp.people.rules import (
    KIND_NAMES,
    MARKET_NAMES,
    PASSWORD_LENGTH,
    TIME_ZONES,
    TOO_YOUNG,
    is_adult,
    is_old_enough,
    password_problem,
)
from webapp.people.security import again
from webapp.people.security.settings import AFTER_SIGN_IN, MESSAGES, PASSKEY_FAILED, WRONG, WRONG_CODE
from webapp.people.security.sign_ins import forget_organisation

NEEDED = InputRequired(N_("Fill in every field."))
SHORT_ENOUGH = Length(max=PASSWORD_LENGTH, message=N_("The password is wrong."))
NO_ADDRESS = (MESSAGES["EMAIL_NOT_PROVIDED"], MESSAGES["INVALID_EMAIL_ADDRESS"])
WAY_NAMES = {"password": N_("With a password"), "passkey": N_("With a passkey")}


class Passwords(PasswordUtil):
    """Which new passwords are taken."""

    def validate(self, password: str, is_register: bool, **kwargs: Any) -> tuple[list[str] | None, str]:
        """The problem, if there is one, and the password in its normal form."""
        normal = self.normalize(password)
        address = kwargs.get("email") if is_register else getattr(kwargs.get("user"), "email", "")
        problem = password_problem(normal, (address or "").split("@"))
        return ([problem] if problem else None), normal


class SignInForm(LoginForm):
    """A password too long to be one is refused before it is hashed, and none is remembered."""

    remember = None
    password = PasswordField(validators=[NEEDED, Length(max=PASSWORD_LENGTH, message=WRONG)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.next.data = self.next.data or AFTER_SIGN_IN  # else the way on would be the form itself

    def validate(self, **kwargs: Any) -> bool:
        """A password takes the place of what an organisation said before."""
        forget_organisation()
        return bool(super().validate(**kwargs))


class MailAskedMixin:
    """Asks for a mail to an address. Flask-Security takes every error of it away, so that nobody learns who has an
    account; that what was typed is no address at all says nothing of that, and is kept."""

    fault = ""

    def validate(self, **kwargs: Any) -> bool:
        """Whether there is somebody to write to."""
        is_known = bool(super().validate(**kwargs))  # type: ignore[misc]
        self.fault = next((str(error) for error in self._address().errors if error in NO_ADDRESS), "")
        return is_known

    def tell_fault(self) -> None:
        """Puts the error back that is kept, and no other."""
        self._address().errors = [self.fault] if self.fault else []

    def _address(self) -> Any:
        return self["email"]  # type: ignore[index]


class ConfirmationForm(MailAskedMixin, SendConfirmationForm):
    """An address to send the confirmation to again."""


class ForgottenForm(MailAskedMixin, ForgotPasswordForm):
    """An address to write to. As long for one that is known as for one that is not, which hashes in vain."""

    def validate(self, **kwargs: Any) -> bool:
        """Whether there is somebody to write to."""
        is_known = bool(super().validate(**kwargs))
        if is_known:
            hash_password("not a password")
        return is_known


class PasskeyForm(WebAuthnSigninResponseForm):
    """What a device answered."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.next.data = self.next.data or AFTER_SIGN_IN

    def validate(self, **kwargs: Any) -> bool:
        """To show again that it is you, one that comes after a password counts after it, and one in its place only
        if the device asked its owner. Flask-Security notes an account out of use as an error, and goes on."""
        if not super().validate(**kwargs) or self.cred is None or self.credential.errors:
            return False
        is_enough = again.is_first_shown() if self.cred.usage == "secondary" else self.mf_check
        if self.is_verify and not is_enough:
            self.credential.errors = [PASSKEY_FAILED]
            return False
        return True


class NewPasskeyForm(WebAuthnRegisterForm):
    """A new passkey."""

    def validate(self, **kwargs: Any) -> bool:
        """Without a password it must be able to take its place: else nobody could sign in."""
        if not current_user.password:
            self.usage.data = "first"
        return bool(super().validate(**kwargs))


class SignUpForm(RegisterFormV2):
    """Who, where, and how to write to them; no more. The day of birth is looked at and not kept. Whoever signs in by
    passkey has no password; the passkey is made once the address is confirmed."""

    way = RadioField(choices=list(WAY_NAMES.items()), default="password", validate_choice=True)
    password = PasswordField(validators=[Optional()])
    kind = RadioField(choices=list(KIND_NAMES.items()), validators=[InputRequired(N_("Choose who you are."))],
                      validate_choice=True)
    market = SelectField(choices=[(market, MARKET_NAMES[market]) for market in MARKETS], validators=[NEEDED])
    language = SelectField(choices=[(language.tag, language.name) for language in LANGUAGES], validators=[NEEDED])
    time_zone = SelectField(choices=[(zone, zone) for zone in TIME_ZONES], validators=[NEEDED])
    birth_date = DateField(validators=[InputRequired(N_("Write your day of birth."))])

    def validate(self, **kwargs: Any) -> bool:
        """A password where one is chosen. A passkey costs a hash too, so that an address which is known, and costs
        one, is not told by it."""
        is_by_passkey = self.way.data == "passkey"
        if is_by_passkey:
            self.password.data = ""
        is_right = bool(super().validate(**kwargs))
        if is_by_passkey and is_right:
            hash_password("not a password")
        elif not is_by_passkey and not self.password.data:
            self.password.errors = [MESSAGES["PASSWORD_NOT_PROVIDED"]]
            return False
        return is_right

    def validate_birth_date(self, field: Any) -> None:
        """Refuses who is too young for an account in their market."""
        if field.data and self.market.data in MARKETS and not is_old_enough(
                self.market.data, field.data, now().date()):
            raise ValidationError(TOO_YOUNG)

    def to_dict(self, only_user: bool) -> dict[str, Any]:
        """What the account is made from: of the day of birth, whether it is an adult's."""
        born, fields = self.birth_date.data, super().to_dict(only_user)
        return {**fields, "is_adult": born is not None and is_adult(born, now().date())}


class NewPasswordForm(ResetPasswordForm):
    """A new password, written once: it can be shown, and set anew."""

    password_confirm = None


class ChangeOfPasswordForm(ChangePasswordForm):
    """The old password and the new one."""

    password = PasswordField(validators=[SHORT_ENOUGH])
    new_password_confirm = None


class AgainForm(VerifyForm):
    """Who is signed in shows once more that it is them: by password, and by a code where they have an authenticator."""

    password = PasswordField(validators=[NEEDED, SHORT_ENOUGH])
    code = StringField()

    def validate(self, **kwargs: Any) -> bool:
        """Both must be right; the code is looked at last, since it is good once. Where an organisation's word was the
        first factor, only the code is missing."""
        if not again.is_first_shown() and not super().validate(**kwargs):
            return False
        if not current_user.tf_totp_secret:
            return not again.is_first_shown()
        if not _security.totp_factory.verify_totp(
                token=(self.code.data or "").strip(), totp_secret=current_user.tf_totp_secret,
                user=current_user._get_current_object(), window=30):
            self.code.errors = [WRONG_CODE]
            return False
        return True


