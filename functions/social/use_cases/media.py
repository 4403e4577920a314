"""Media of an artist's social accounts, as the provider shows them now."""

from datetime import datetime

from domain.errors import FieldError, InvalidFields
from domain.social_media import MediaTarget
from shared.http import cursors
from shared.http.caller import Caller
from social.models import Capability, SocialAccount
from social.models.media import MediaImport
from social.providers.failures import ProviderFailed, ProviderRefused, RateLimited, TokenRefused
from social.providers.media import Medium
from social.rules.errors import (
    MediaNotAllowed,
    NeedsReconnect,
    ProviderLimited,
    ProviderUnavailable,
)
from social.schemas.media import MediaQuery, MediumList, MediumPart, MediumView
from social.store import media as store
from social.use_cases import accounts, media_calls

MAX_KEYS = 100  # of one read


def browse(caller: Caller, account_id: str, query: MediaQuery, now: datetime) -> MediumList:
    """Return a page of an account's media, with the imports into the portfolio.

    Raises:
        NotFound: The caller has no such account.
        MediaNotAllowed: Its provider has no media, or the artist did not allow to read it.
        InvalidFields: The cursor is not one of this list, or not any longer.
        NeedsReconnect: The artist has to connect the account again.
        ProviderLimited: There were too many calls.
        ProviderUnavailable: The provider does not respond as it should.
    """
    account = require_media(caller, account_id)
    scope = f"media {caller.user_id} {account_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    try:
        page = media_calls.call(
            account,
            lambda provider, token: provider.list_media(account, token, after, query.limit),
            now,
        )
    except TokenRefused:
        raise NeedsReconnect("The account has to be connected again.") from None
    except RateLimited as error:
        until = f" until {error.until:%H:%M} UTC" if error.until else ""
        raise ProviderLimited(
            f"The provider takes no more calls for this account{until}."
        ) from None
    except ProviderFailed:
        raise ProviderUnavailable("The provider does not respond as it should.") from None
    except ProviderRefused:
        if after is None:
            raise ProviderUnavailable("The provider does not show the media.") from None
        raise InvalidFields(FieldError("query.cursor", "is not valid any longer")) from None
    imports = _find_imports(account, page.items)
    return MediumList(
        items=[_present(medium, imports) for medium in page.items],
        next_cursor=cursors.encode(page.after, scope) if page.after else None,
    )


def require_media(caller: Caller, account_id: str) -> SocialAccount:
    """Return one of the caller's accounts, whose media can be read.

    Raises:
        NotFound: The caller has no such account.
        MediaNotAllowed: Its provider has no media, or the artist did not allow to read it.
    """
    account = accounts.require_own(caller, account_id)
    if media_calls.find_provider(account) is None:
        raise MediaNotAllowed("There is no media at this provider.")
    if Capability.MEDIA not in account.capabilities:
        raise MediaNotAllowed("Connect the account again and allow to read your media.")
    return account


def _find_imports(account: SocialAccount, media: list[Medium]) -> dict[str, MediaImport]:
    ids = [part.id for medium in media for part in (medium, *medium.parts)]
    keys = {store.build_key(account.id, id, MediaTarget.PORTFOLIO, None): id for id in ids}
    wanted = list(keys)
    found: dict[str, MediaImport] = {}
    for at in range(0, len(wanted), MAX_KEYS):
        batch = store.find_by_keys(account.artist_id, wanted[at : at + MAX_KEYS])
        found |= {keys[key]: import_ for key, import_ in batch.items()}
    return found


def _present(medium: Medium, imports: dict[str, MediaImport]) -> MediumView:
    import_ = imports.get(medium.id)
    return MediumView(
        id=medium.id,
        kind=medium.kind,
        preview_url=medium.preview_url,
        import_id=import_.id if import_ else None,
        import_state=import_.state if import_ else None,
        caption=medium.caption,
        permalink=medium.permalink,
        taken_at=medium.taken_at,
        parts=[_present_part(part, imports.get(part.id)) for part in medium.parts],
    )


def _present_part(part: Medium, import_: MediaImport | None) -> MediumPart:
    return MediumPart(
        id=part.id,
        kind=part.kind,
        preview_url=part.preview_url,
        import_id=import_.id if import_ else None,
        import_state=import_.state if import_ else None,
    )
