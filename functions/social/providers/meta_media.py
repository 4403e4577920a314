"""Media of Instagram accounts and Facebook pages by the Graph API.

https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
https://developers.facebook.com/docs/instagram-platform/reference/instagram-media
https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-media/children
https://developers.facebook.com/docs/graph-api/reference/page/photos
https://developers.facebook.com/docs/graph-api/reference/photo
https://developers.facebook.com/docs/graph-api/results (cursors), .../guides/error-handling (codes)

A part of an album has neither caption nor permalink, and cannot be asked for its album. So its id
is given out together with that of the album: `<album>.<part>`.
"""

from collections import deque
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import msgspec

from shared.platform.outside_calls import Answer
from social.models import ProviderId, SocialAccount
from social.models.media import MediaKind
from social.providers import calls, configuration, graph_answers
from social.providers.configuration import ProviderSettings
from social.providers.failures import (
    ProviderError,
    ProviderFailed,
    ProviderRefused,
    RateLimited,
    TokenRefused,
)
from social.providers.media import MediaGone, MediaPage, MediaProvider, Medium, NotPermitted
from social.rules.graph_errors import GraphError

VERSION = "v23.0"
DEFAULTS: Mapping[ProviderId, Mapping[str, str]] = {
    ProviderId.INSTAGRAM: {
        "api_url": f"https://graph.instagram.com/{VERSION}",
        "media_hosts": "cdninstagram.com fbcdn.net fbsbx.com",
    },
    ProviderId.FACEBOOK: {
        "api_url": f"https://graph.facebook.com/{VERSION}",
        "media_hosts": "fbcdn.net fbsbx.com",
    },
}
MAX_IDS = 50  # of one request with `ids`
SEPARATOR = "."
_PART_FIELDS = "id,media_type,media_url,thumbnail_url"
_INSTAGRAM_FIELDS = (
    f"id,caption,media_type,media_url,thumbnail_url,permalink,timestamp,children{{{_PART_FIELDS}}}"
)
_FACEBOOK_FIELDS = "id,name,link,created_time,picture,images"
_KINDS = {
    "IMAGE": MediaKind.IMAGE,
    "VIDEO": MediaKind.VIDEO,
    "CAROUSEL_ALBUM": MediaKind.ALBUM,
}
_BAD = 400


class _Medium(msgspec.Struct, frozen=True):
    id: str
    caption: str = ""
    media_type: str = "IMAGE"
    media_url: str | None = None
    thumbnail_url: str | None = None
    permalink: str | None = None
    timestamp: str | None = None
    children: "_Children | None" = None


class _Children(msgspec.Struct, frozen=True):
    data: tuple[_Medium, ...] = ()


class _Image(msgspec.Struct, frozen=True):
    source: str
    width: int = 0
    height: int = 0


class _Photo(msgspec.Struct, frozen=True):
    id: str
    name: str = ""
    link: str | None = None
    created_time: str | None = None
    picture: str | None = None
    images: tuple[_Image, ...] = ()


class _Cursors(msgspec.Struct, frozen=True):
    after: str | None = None


class _Paging(msgspec.Struct, frozen=True):
    cursors: _Cursors = _Cursors()
    next: str | None = None


class _Page(msgspec.Struct, frozen=True):
    data: tuple[msgspec.Raw, ...] = ()
    paging: _Paging = _Paging()


class MetaMedia:
    """Media of the accounts of one provider of Meta.

    Args:
        provider: Instagram or Facebook.
    """

    def __init__(self, provider: ProviderId) -> None:
        self._provider = provider
        self._is_instagram = provider is ProviderId.INSTAGRAM

    def list_media(
        self, account: SocialAccount, token: str, after: str | None, limit: int
    ) -> MediaPage:
        """Return a page of media. See `MediaProvider`."""
        query = {"fields": self._fields, "limit": str(limit)}
        if after is not None:
            query["after"] = after
        if self._is_instagram:
            edge = f"{account.subject}/media"
        else:
            edge, query["type"] = f"{account.subject}/photos", "uploaded"
        try:
            page = _decode(self._get(edge, token, query), _Page)
        except NotPermitted as error:  # the account's own media: it has to be allowed again
            raise TokenRefused(str(error)) from None
        items = [self._read(msgspec.json.decode(each)) for each in page.data]
        return MediaPage(items, page.paging.cursors.after if page.paging.next else None)

    def get_medium(self, account: SocialAccount, token: str, media_id: str) -> Medium:
        """Return a medium. See `MediaProvider`."""
        del account  # the token names it
        whole_id, _, part_id = media_id.partition(SEPARATOR)
        answer = self._get(whole_id, token, {"fields": self._fields})
        medium = self._read(_decode(answer, dict[str, Any]))
        if not part_id:
            return medium
        for part in medium.parts:
            if part.id == media_id:
                return part
        raise MediaGone("no such part of the album")

    def find_missing(
        self, account: SocialAccount, token: str, media_ids: Collection[str], max_calls: int
    ) -> tuple[set[str], set[str]]:
        """Return which media are gone, and which were not looked at. See `MediaProvider`.

        One id that is missing, or not permitted, fails a request for several, so its ids are asked
        for in halves: for what is not permitted at the end, with the calls that are left. Nobody
        knows whether that is gone, so it counts as there.
        """
        del account
        missing: set[str] = set()
        wanted = _group(media_ids)
        ids = list(wanted)
        batches = deque(ids[at : at + MAX_IDS] for at in range(0, len(ids), MAX_IDS))
        doubtful: deque[list[str]] = deque()
        while (batches or doubtful) and max_calls > 0:
            queue = batches or doubtful
            batch = queue.popleft()
            halves = [batch[: len(batch) // 2], batch[len(batch) // 2 :]]
            max_calls -= 1
            try:
                found = self._look_up(batch, token)
            except MediaGone:
                if len(batch) == 1:
                    missing |= wanted[batch[0]]
                else:
                    queue.extendleft(reversed(halves))
            except NotPermitted:
                if len(batch) > 1:
                    doubtful.extend(halves)
            else:
                there = {part.id for medium in found for part in (medium, *medium.parts)}
                missing |= {each for id in batch for each in wanted[id] if each not in there}
        return missing, {each for batch in batches for id in batch for each in wanted[id]}

    def _look_up(self, ids: list[str], token: str) -> list[Medium]:
        fields = f"id,media_type,children{{{_PART_FIELDS}}}" if self._is_instagram else "id"
        if len(ids) == 1:
            answer = self._get(ids[0], token, {"fields": fields})
            return [self._read(_decode(answer, dict[str, Any]))]
        answer = self._get("", token, {"ids": ",".join(ids), "fields": fields})
        found = _decode(answer, dict[str, dict[str, Any]])
        return [self._read(each) for each in found.values()]

    @property
    def _fields(self) -> str:
        return _INSTAGRAM_FIELDS if self._is_instagram else _FACEBOOK_FIELDS

    def _read(self, shown: dict[str, Any]) -> Medium:
        try:
            if self._is_instagram:
                return _from_instagram(msgspec.convert(shown, _Medium))
            return _from_facebook(msgspec.convert(shown, _Photo))
        except msgspec.ValidationError:
            raise ProviderFailed("not readable") from None

    def _get(self, path: str, token: str, query: Mapping[str, str]) -> Answer:
        url = f"{read_settings(self._provider).api_url.rstrip('/')}/{path}"
        answer = calls.send("GET", url, token=token, query=query)
        if answer.status >= _BAD:
            raise _failure(answer)
        return answer


PROVIDERS: Mapping[ProviderId, MediaProvider] = {id: MetaMedia(id) for id in DEFAULTS}


def read_settings(provider: ProviderId) -> ProviderSettings:
    """Return the settings of a provider of Meta."""
    return configuration.read(provider, DEFAULTS[provider])


def read_hosts(provider: ProviderId) -> list[str]:
    """Return the hosts that content of a provider is fetched from."""
    return read_settings(provider).media_hosts.lower().split()


def _from_instagram(shown: _Medium) -> Medium:
    kind = _KINDS.get(shown.media_type, MediaKind.IMAGE)
    parts = tuple(
        Medium(
            id=f"{shown.id}{SEPARATOR}{each.id}",
            kind=_KINDS.get(each.media_type, MediaKind.IMAGE),
            url=each.media_url,
            preview_url=each.thumbnail_url or each.media_url,
            caption=shown.caption,
            permalink=shown.permalink,
            taken_at=_read_time(shown.timestamp),
        )
        for each in (shown.children.data if shown.children else ())
    )
    return Medium(
        id=shown.id,
        kind=kind,
        url=None if kind is MediaKind.ALBUM else shown.media_url,
        preview_url=shown.thumbnail_url or shown.media_url,
        caption=shown.caption,
        permalink=shown.permalink,
        taken_at=_read_time(shown.timestamp),
        parts=parts,
    )


def _from_facebook(photo: _Photo) -> Medium:
    largest = max(photo.images, key=lambda each: each.width * each.height, default=None)
    return Medium(
        id=photo.id,
        kind=MediaKind.IMAGE,
        url=largest.source if largest else None,
        preview_url=photo.picture,
        caption=photo.name,
        permalink=photo.link,
        taken_at=_read_time(photo.created_time),
    )


def _group(media_ids: Collection[str]) -> dict[str, set[str]]:
    """Return media by what is asked for: an album once for all of its parts."""
    grouped: dict[str, set[str]] = {}
    for each in sorted(media_ids):
        grouped.setdefault(each.partition(SEPARATOR)[0], set()).add(each)
    return grouped


def _failure(answer: Answer) -> ProviderError:
    refusal = graph_answers.read_refusal(answer)
    match refusal.error:
        case GraphError.LIMITED:
            return RateLimited(str(refusal), graph_answers.read_until(answer))
        case GraphError.TOKEN_INVALID | GraphError.UNAUTHORIZED:
            return TokenRefused(str(refusal))
        case GraphError.TEMPORARY | GraphError.UNKNOWN:
            return ProviderFailed(str(refusal))
        case GraphError.MISSING:
            return MediaGone(str(refusal), status=refusal.status, code=refusal.code)
        case GraphError.NOT_PERMITTED:
            return NotPermitted(str(refusal), status=refusal.status, code=refusal.code)
    return ProviderRefused(str(refusal), status=refusal.status, code=refusal.code)


def _decode(answer: Answer, model: Any) -> Any:
    try:
        return msgspec.json.decode(answer.body, type=model)
    except msgspec.MsgspecError:
        raise ProviderFailed("not readable") from None


def _read_time(text: str | None) -> datetime | None:
    """Read a time as the Graph API writes it: `2026-11-20T10:00:00+0000`."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z") if text else None
    except ValueError:
        return None
