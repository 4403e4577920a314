"""Social accounts, as their artist sees them, and what connects and deletes them."""

from typing import Annotated

import msgspec
from msgspec import Meta

from domain.types import Instant
from shared.http.decoding import Output
from social.models import AccountId, Capability, ProviderId
from social.rules.health import Action, HealthState

ProviderName = Annotated[
    str,
    Meta(
        description="A provider: `instagram`, `facebook` or `google`.",
        examples=["google"],
    ),
]
MetaProvider = Annotated[
    str, Meta(description="`instagram` or `facebook`.", examples=["instagram"])
]
DeletionCode = Annotated[
    str,
    Meta(
        description="Confirmation code of a request of Meta to delete data.",
        examples=["Zx4pQ0vT7nLk2bYw9cRe"],
    ),
]
_Parameter = Annotated[str, Meta(max_length=4_096)]


class AccountHealth(Output, frozen=True):
    """How a social account fares.

    Attributes:
        state: `ok`; `expiring` when access ends within a week unless it can be renewed; `failing`
            when the latest calls of the provider failed; `limited` when there were too many calls;
            `needs_reconnect` when nothing works until the artist connects the account again.
        since: Since when.
        until: When it ends or gets worse, as far as that is known.
        action: What the artist can do: `nothing`, `wait` or `reconnect`.
        advice: The same in words. Example: Connect the account again.
    """

    state: HealthState
    since: Instant
    until: Instant | None
    action: Action
    advice: str


class SocialAccountView(Output, frozen=True, kw_only=True):
    """A connected social account.

    Attributes:
        provider: The provider. Example: instagram
        display_name: Its name, as the provider shows it. Example: Mara Voss Tattoo
        handle: Its user name at the provider, where there are any. Example: mara.voss
        capabilities: What it can be used for. Example: ["messages", "media"]
        missing_capabilities: What it could be used for, too, if the artist connected it again and
            allowed it: they did not then, or more is asked for since. Example: ["messages"]
        connected_at: When it was connected.
        health: How it fares, and what the artist can do.
    """

    id: AccountId
    provider: ProviderId
    display_name: str
    handle: str | None
    capabilities: list[Capability]
    missing_capabilities: list[Capability]
    connected_at: Instant
    health: AccountHealth


class SocialProviderView(Output, frozen=True):
    """A provider.

    Attributes:
        id: The provider. Example: google
        name: Its name for people. Example: Google
        available: Whether accounts of it can be connected in this environment.
        capabilities: What its accounts can be used for. Example: ["calendar"]
    """

    id: ProviderId
    name: str
    available: bool
    capabilities: list[Capability]


class SocialAccountList(Output, frozen=True):
    """The caller's social accounts.

    Attributes:
        items: The connected accounts, the oldest first.
        providers: The providers, and whether accounts of them can be connected.
    """

    items: list[SocialAccountView]
    providers: list[SocialProviderView]


class AuthorizeUrl(Output, frozen=True):
    """Where an artist allows us to use their account.

    Attributes:
        authorize_url: Address of the provider's page, to be opened in the same browser within ten
            minutes. Example: https://accounts.google.com/o/oauth2/v2/auth?response_type=code
    """

    authorize_url: str


class CallbackQuery(msgspec.Struct, frozen=True):
    """What a provider returns with. It may say more, which does not matter.

    Attributes:
        state: The state of the request. Example: 5Yw0cRk3v1m7
        code: The code to exchange. Example: 4/0AbCdEf
        error: Why there is no code. Example: access_denied
    """

    state: _Parameter = ""
    code: _Parameter = ""
    error: _Parameter = ""


class StatusAnswer(msgspec.Struct, frozen=True):
    """What Meta shows to a person who removed our app or asked to delete their data.

    Attributes:
        url: Page that says what came of it.
            Example: https://api.artistbooking.example/v1/social/deletions/Zx4pQ0vT7nLk2bYw9cRe
        confirmation_code: Code of the request. Example: Zx4pQ0vT7nLk2bYw9cRe
    """

    url: str
    confirmation_code: str
