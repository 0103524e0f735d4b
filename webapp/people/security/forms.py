"""Flask-Security's forms with what we ask besides: a length before hashing, an age, a second factor once more."""

from typing import Any

from flask_login import current_user  # type: ignore[import-untyped]
from flask_security import (
    ChangePasswordForm,
    LoginForm,
    PasswordUtil,
    RegisterFormV2,
    ResetPasswordForm,
    VerifyForm,
    WebAuthnSigninResponseForm,
)
from flask_security.proxies import _security
from wtforms import DateField, PasswordField, RadioField, SelectField, StringField  # type: ignore[import-untyped]
from wtforms.validators import InputRequired, Length, ValidationError  # type: ignore[import-untyped]

from webapp.core.clock import now
from webapp.core.errors import N_
from webapp.core.languages import LANGUAGES, MARKETS
from webapp.people.rules import (
    KIND_NAMES,
    MARKET_NAMES,
    PASSWORD_LENGTH,
    TIME_ZONES,
    TOO_YOUNG,
    is_old_enough,
    password_problem,
)
from webapp.people.security.settings import AFTER_SIGN_IN, WRONG, WRONG_CODE

NEEDED = InputRequired(N_("Fill in every field."))
SHORT_ENOUGH = Length(max=PASSWORD_LENGTH, message=N_("The password is wrong."))


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


class PasskeyForm(WebAuthnSigninResponseForm):
    """What a device answered."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.next.data = self.next.data or AFTER_SIGN_IN


class SignUpForm(RegisterFormV2):
    """Who, where, and how to write to them; no more. The day of birth is looked at and not kept."""

    kind = RadioField(choices=list(KIND_NAMES.items()), validators=[NEEDED], validate_choice=True)
    market = SelectField(choices=[(market, MARKET_NAMES[market]) for market in MARKETS], validators=[NEEDED])
    language = SelectField(choices=[(language.tag, language.name) for language in LANGUAGES], validators=[NEEDED])
    time_zone = SelectField(choices=[(zone, zone.replace("_", " ")) for zone in TIME_ZONES], validators=[NEEDED])
    birth_date = DateField(validators=[NEEDED])

    def validate_birth_date(self, field: Any) -> None:
        """Refuses who is too young for an account in their market."""
        if field.data and self.market.data in MARKETS and not is_old_enough(
                self.market.data, field.data, now().date()):
            raise ValidationError(TOO_YOUNG)


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
        """Both must be right; the code is looked at last, since it is good once."""
        if not super().validate(**kwargs):
            return False
        if not current_user.tf_totp_secret:
            return True
        if not _security.totp_factory.verify_totp(
                token=(self.code.data or "").strip(), totp_secret=current_user.tf_totp_secret,
                user=current_user._get_current_object(), window=30):
            self.code.errors = [WRONG_CODE]
            return False
        return True


