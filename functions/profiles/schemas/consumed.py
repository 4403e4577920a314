"""What is heard of other features: only what is read here, whatever else it holds."""

import msgspec

from profiles.models.pages import Money
from shared.http.caller import Role


class UserVerified(msgspec.Struct, frozen=True, rename="camel"):
    """`user.verified`: there is a user from now on."""

    user_id: str
    name: str
    role: Role


class UserDeleted(msgspec.Struct, frozen=True, rename="camel"):
    """`user.deleted`."""

    user_id: str


class ServiceSaved(msgspec.Struct, frozen=True, rename="camel"):
    """`service.saved`: what a page shows of a service."""

    service_id: str
    artist_id: str
    name: str
    duration_minutes: int
    price: Money
    sittings: int
    mode: str
    record_version: int


class ServiceRemoved(msgspec.Struct, frozen=True, rename="camel"):
    """`service.removed`: it never comes back."""

    service_id: str
    artist_id: str
