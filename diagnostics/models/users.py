"""People, and the links that sign them in."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from diagnostics.models.base import Row

if TYPE_CHECKING:
    from diagnostics.models.teams import Membership


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address, always in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A person who signs in with `email`; without a password only a sign-in link opens the door."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """For Django's `createsuperuser`; the product itself asks only for team roles."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """The user of an address as somebody typed it."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractUser):
    """A person. The e-mail address is the login; there is no user name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = None  # type: ignore[assignment]
    email = models.EmailField("e-mail address", max_length=254, unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    places: list[Membership] | None = None  # kept here for one request by `selectors.memberships`

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower_case")
        ]  # so that it is unique in any case

    def __str__(self) -> str:
        return self.get_full_name() or self.email


class SignInLink(Row):
    """One way in, once: only the sha256 of its token is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_in_links")
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"sign-in link for {self.user_id}"
