"""Forms of signing in, of the first administrator and of one's own account."""

from __future__ import annotations

from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    PasswordField,
    RadioField,
    StringField,
)
from wtforms.validators import Optional

from membership.domain.errors import N_
from membership.web.forms.form import AtMost, Form, Required, choice

SHORT_HINT = N_("At least 8 characters, because you have a second factor; several words are fine.")
LANGUAGE_CHOICES = [choice("de", "Deutsch"), choice("en", "English")]


class SignInForm(Form):
    """Mail address and password; a form that came too late travels along."""

    email = EmailField(N_("Mail address"), [Required(N_("Please enter your mail address.")), AtMost(254)])
    password = PasswordField(N_("Password"), [Required(N_("Please enter your password."))])
    next = HiddenField()
    kept = HiddenField()


class CodeForm(Form):
    """Six digits of the app, or a recovery code."""

    code = StringField(
        N_("Code"), [Required(N_("Please type the six digits or a recovery code.")), AtMost(40)]
    )
    next = HiddenField()
    kept = HiddenField()


class SetupForm(Form):
    """The first administrator."""

    code = StringField(
        N_("One-time code"),
        [Required(N_("Please type the code that the start of the server has printed.")), AtMost(40)],
        description=N_("The server prints it when it starts, as long as nobody has an account."),
    )
    name = StringField(N_("Your name"), [Required(N_("Please enter your name.")), AtMost(100)])
    email = EmailField(N_("Mail address"), [Required(N_("Please enter your mail address.")), AtMost(254)])
    password = PasswordField(
        N_("Password"),
        [Required(N_("Please choose a password."))],
        description=N_("At least 15 characters; several words are fine."),
    )
    language = RadioField(N_("Language"), choices=LANGUAGE_CHOICES, default="de")


class PasswordForm(Form):
    """A new password after a reset link."""

    password = PasswordField(
        N_("New password"),
        [Required(N_("Please choose a password."))],
        description=N_("At least 15 characters; several words are fine."),
    )


class InvitationForm(PasswordForm):
    """Somebody who was invited chooses name, password and language."""

    name = StringField(N_("Your name"), [Required(N_("Please enter your name.")), AtMost(100)])
    language = RadioField(N_("Language"), choices=LANGUAGE_CHOICES, default="de")


class WithoutPasswordForm(InvitationForm):
    """Somebody who was invited to the member area may do without a password: a mail with a link signs in then."""

    password = PasswordField(
        N_("Password"),
        [Optional()],
        description=N_(
            "At least 15 characters; several words are fine. Without one you sign in by a link that we send by mail."
        ),
    )


class ForgotForm(Form):
    """The address whose password is forgotten."""

    email = EmailField(N_("Mail address"), [Required(N_("Please enter your mail address.")), AtMost(254)])


class LinkForm(ForgotForm):
    """Which link somebody wants by mail."""

    SIGN_IN, PASSWORD = "sign-in", "password"
    wish = RadioField(
        N_("What do you need?"),
        choices=[
            choice(SIGN_IN, N_("A link that signs me in to the member area")),
            choice(PASSWORD, N_("A new password")),
        ],
        default=SIGN_IN,
    )


class ProfileForm(Form):
    """What people change about themselves."""

    name = StringField(N_("Your name"), [Required(N_("Please enter your name.")), AtMost(100)])
    language = RadioField(N_("Language of the pages"), choices=LANGUAGE_CHOICES)
    has_keys_on = BooleanField(
        N_("Use single-letter keys"),
        description=N_("“/” searches, “?” lists all keys. They never act inside a field."),
    )


class ChangePasswordForm(Form):
    """A new password, with the present one as proof."""

    present = PasswordField(N_("Present password"), [Required(N_("Please enter your present password."))])
    password = PasswordField(
        N_("New password"),
        [Required(N_("Please choose a password."))],
        description=N_("At least 15 characters; several words are fine."),
    )


class SecondFactorForm(Form):
    """The proof and the first code of the app, which switch the second factor on."""

    present = PasswordField(N_("Present password"), [Required(N_("Please enter your present password."))])
    code = StringField(
        N_("Code of the app"), [Required(N_("Please type the six digits that your app shows.")), AtMost(10)]
    )
    next = HiddenField(validators=[Optional()])


class ProofForm(Form):
    """The present password as proof before a change of one's own security."""

    present = PasswordField(N_("Present password"), [Required(N_("Please enter your present password."))])


class KeptProofForm(ProofForm):
    """The same before a form that touches money or rights; the form that was sent travels along."""

    kept = HiddenField()
