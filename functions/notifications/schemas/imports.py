"""Templates and push subscriptions of an earlier system, as an operator's command imports them."""

from typing import Annotated

from msgspec import Meta

from domain.imported_rows import ImportedRow
from domain.types import Instant, UserId
from notifications.models import TemplateBodies, TemplateKind, TemplateVariable
from notifications.schemas.fields import Locale, TemplateName


class ImportedTemplate(ImportedRow, frozen=True, rename="camel"):
    """A template, which becomes a draft.

    Attributes:
        owner_id: The artist.
        bodies: Texts in Liquid, one body per channel.
    """

    owner_id: UserId
    name: TemplateName
    kind: TemplateKind
    locale: Locale
    variables: tuple[TemplateVariable, ...]
    bodies: TemplateBodies
    created_at: Instant


class ImportedSubscription(ImportedRow, frozen=True, rename="camel"):
    """A browser that receives push messages.

    Attributes:
        endpoint: Address of its push service.
        p256dh: Public key of the browser.
        auth: Secret that the browser shares with us.
    """

    user_id: UserId
    endpoint: Annotated[str, Meta(max_length=2000)]
    p256dh: str
    auth: str
    registered_at: Instant
