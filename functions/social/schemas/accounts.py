"""Social accounts, as their artist sees them."""

from domain.types import Instant
from shared.http.decoding import Output
from social.models import AccountId, Capability, ProviderId


class SocialAccountView(Output, frozen=True, kw_only=True):
    """A connected social account.

    Attributes:
        provider: The provider. Example: instagram
        display_name: Its name, as the provider shows it. Example: Mara Voss Tattoo
        handle: Its user name at the provider, where there are any. Example: mara.voss
        capabilities: What it can be used for. Example: ["messages", "media"]
        connected_at: When it was connected.
    """

    id: AccountId
    provider: ProviderId
    display_name: str
    handle: str | None
    capabilities: list[Capability]
    connected_at: Instant


class SocialAccountList(Output, frozen=True):
    """The caller's social accounts.

    Attributes:
        items: The accounts, the oldest first.
    """

    items: list[SocialAccountView]
