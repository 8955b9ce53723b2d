"""Signing in, and the person's own account: allauth's forms in our words."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account
from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.models import EmailAddress
from allauth.mfa.base import forms as second
from allauth.mfa.totp import forms as totp
from django import forms
from django.db import transaction
from django.http import HttpRequest

from diagnostics.models import User
from diagnostics.services import accounts

_NEW_HELP = "At least 10 characters. A few words in a row are easy to remember and hard to guess."
_USED_CODE = "This recovery code has been used. Each works once: take another one of the list, or a code of your authenticator app."
_ADDRESS = {
    "required": "Write the e-mail address of your account.",
    "invalid": "Write an e-mail address such as ada@example.com.",
}


def _say(field: forms.Field, label: str, required: str = "", help_text: str = "", **attrs: Any) -> None:
    """Put our words and the browser's hints on a field of allauth's."""
    field.label, field.help_text = label, help_text
    if required:
        field.error_messages["required"] = required
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs |= attrs


def _say_new(form: forms.Form) -> None:
    """The two fields of a new password."""
    _say(form.fields["password1"], "New password", "Write the password you want to use.", _NEW_HELP)
    _say(form.fields["password2"], "The same again", "Write the same password a second time.")


def _say_code(form: forms.Form, help_text: str) -> None:
    attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True, "spellcheck": "false"}
    _say(form.fields["code"], "Code", "Write the code.", help_text, **attrs)


class _SameTwice(account.PasswordVerificationMixin):  # type: ignore[misc]
    def clean(self) -> Any:
        """Both must be the same."""
        cleaned = super(account.PasswordVerificationMixin, self).clean()
        first, again = self.cleaned_data.get("password1"), self.cleaned_data.get("password2")
        if first and again and first != again:
            self.add_error("password2", "These two differ: write the same password in both fields.")
        return cleaned


class SignInForm(account.LoginForm):  # type: ignore[misc]
    """E-mail address and password. Wrong address and wrong password read the same."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self.fields["login"], "E-mail address", autocomplete="username", autofocus=True)
        self.fields["login"].error_messages |= _ADDRESS
        _say(self.fields["password"], "Password", "Write your password.")


class ForgottenForm(account.ResetPasswordForm):  # type: ignore[misc]
    """Asks for a mail with a link."""

    users: list[User]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self.fields["email"], "E-mail address", autocomplete="username", autofocus=True)
        self.fields["email"].error_messages |= _ADDRESS

    def clean_email(self) -> str:
        """Only the address that an account signs in with: one that still waits to be confirmed may be anybody's."""
        email = str(super().clean_email())
        self.users = [user for user in self.users if user.email == email.lower()]
        return email


class NewPasswordForm(_SameTwice, account.ResetPasswordKeyForm):  # type: ignore[misc]
    """What the mailed link leads to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_new(self)

    def save(self) -> None:
        """Raises Conflict where somebody with the same link was quicker: allauth would let both choose."""
        accounts.choose_password(self.user, self.cleaned_data["password1"])


class ChangePasswordForm(_SameTwice, account.ChangePasswordForm):  # type: ignore[misc]
    """The old one and a new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self.fields["oldpassword"], "Current password", "Write the password you have now.")
        _say_new(self)


class FirstPasswordForm(_SameTwice, account.SetPasswordForm):  # type: ignore[misc]
    """For whoever came by a link or by single sign-on and has none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_new(self)


class AddressForm(account.AddEmailForm):  # type: ignore[misc]
    """Another e-mail address; it takes effect once it is confirmed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self.fields["email"], "New e-mail address", "Write the new address.", autocomplete="email")
        self.fields["email"].error_messages["invalid"] = _ADDRESS["invalid"]

    def save(self, request: HttpRequest) -> EmailAddress:
        """Mail a link to it. allauth would first drop the address in use where that was never confirmed."""
        with transaction.atomic():
            waiting = EmailAddress.objects.filter(user=self.user, verified=False).exclude(email=self.user.email)
            waiting.delete()
            made = EmailAddress.objects.create(user=self.user, email=self.cleaned_data["email"])
        send_verification_email_to_address(request, made)
        return made


class PasswordAgainForm(account.ReauthenticateForm):  # type: ignore[misc]
    """Before a change of how one signs in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say(self.fields["password"], "Password", "Write your password.", autofocus=True)


class _Code(second.BaseAuthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_code(self, "From your authenticator app, or one of your recovery codes.")

    def clean_code(self) -> str:
        """Tell a recovery code that was used from a wrong one. It was counted as a wrong try, and whoever gets here knows the password."""
        try:
            return str(super().clean_code())
        except forms.ValidationError as refused:
            wrong = refused.code == "incorrect_code"
            if wrong and accounts.is_used_recovery_code(self.user, self.cleaned_data["code"]):
                raise forms.ValidationError(_USED_CODE, code="used_code") from None
            raise


class CodeForm(_Code, second.AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in."""


class CodeAgainForm(_Code, second.ReauthenticateForm):  # type: ignore[misc]
    """The same before a change of how one signs in."""


class TwoFactorOnForm(totp.ActivateTOTPForm):  # type: ignore[misc]
    """The first code shows that the app has the secret."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_code(self, "Six digits, as the app shows them now.")


class NameForm(forms.Form):
    """What the others call this person."""

    name = forms.CharField(
        label="Name",
        max_length=150,
        required=False,
        help_text="What your teams see. Empty, they see your address.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"max_length": "Write at most 150 characters."},
    )


class DeleteForm(forms.Form):
    """One's own address, typed by hand."""

    email = forms.CharField(
        label="Your e-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Type your address to say that you mean it."},
    )
