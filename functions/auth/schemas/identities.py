"""Signing in with other providers: requests and responses."""

from typing import Annotated, Literal

from msgspec import Meta

from auth.schemas.fields import AttemptId, EnteredAttemptId, NewName
from domain.types import Instant
from shared.http.decoding import Input, Output

ProviderId = Annotated[
    str,
    Meta(max_length=40, description="Id of the identity provider.", examples=["google"]),
]


class ProviderView(Output, frozen=True):
    """An identity provider that users can sign in with.

    Attributes:
        id: What stands in paths. Example: google
        name: What a button says. Example: Google
    """

    id: str
    name: str


class ProviderList(Output, frozen=True):
    """The identity providers that users can sign in with.

    Attributes:
        items: The providers, by their names.
    """

    items: list[ProviderView]


class StartProviderRequest(Input, frozen=True):
    """The beginning of a sign-in with a provider.

    Attributes:
        role: Role of the account, if one is opened. Administrators cannot register.
    """

    role: Literal["client", "artist"] = "client"


class ProviderStarted(Output, frozen=True):
    """Where the user allows the provider to tell us who they are.

    Attributes:
        authorize_url: Open it in this window. The provider returns to the page of the web app.
            Example: https://accounts.google.com/o/oauth2/v2/auth?client_id=1&state=2
        attempt_id: What the answer of the provider has to be sent with. Keep it where no other
            device has it; it is valid for ten minutes.
    """

    authorize_url: str
    attempt_id: AttemptId


class ProviderAnswer(Input, frozen=True):
    """What a provider returned with, and the attempt that it answers.

    Attributes:
        state: The `state` that it returned with. Example: 5pFyHcRgT3n0aX8sQ1vWzKjBmLdEuOiY
        code: The `code` that it returned with. Example: 4/0AeanS0ZkB7Yq
        iss: The `iss` that it returned with, if it did (RFC 9207).
            Example: https://accounts.google.com
        name: The user's name, if the provider returned with it instead of stating it in the ID
            token, as Apple does.
    """

    attempt_id: EnteredAttemptId
    state: Annotated[str, Meta(max_length=200)]
    code: Annotated[str, Meta(min_length=1, max_length=4096)]
    iss: Annotated[str, Meta(max_length=500)] | None = None
    name: NewName | None = None


class IdentityView(Output, frozen=True):
    """A provider that your account is linked to.

    Attributes:
        provider: Id of the provider. Example: google
        name: Name of the provider. Example: Google
        linked_at: When it was linked.
    """

    provider: str
    name: str
    linked_at: Instant


class IdentityList(Output, frozen=True):
    """The providers that your account is linked to.

    Attributes:
        items: The providers, in the order in which they were linked.
    """

    items: list[IdentityView]
