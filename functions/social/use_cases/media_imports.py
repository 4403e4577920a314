"""Imports of media: ordered by the artist, and presented to them."""

from datetime import datetime

from domain.errors import FieldError, InvalidFields, NotFound, SessionEnded
from domain.ids import new_id
from domain.social_media import MediaProvider, MediaTarget
from shared.data import file_imports, tombstones
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.http import cursors
from shared.http.caller import Caller
from social.models import SocialAccount
from social.models.media import ImportState, MediaImport
from social.rules import media_imports as rules
from social.schemas.media import (
    ImportMediaRequest,
    ImportsQuery,
    ImportTarget,
    MediaImportList,
    MediaImportView,
)
from social.store import media as store
from social.use_cases import accounts, media, work
from social.use_cases.work import Work

FETCH = "media_import"  # kind of work


def order(
    caller: Caller, account_id: str, request: ImportMediaRequest, now: datetime
) -> MediaImportList:
    """Order imports of media. What was ordered for this target before is not ordered again.

    A failed import begins again, and so does one whose portfolio item the artist deleted.

    Raises:
        NotFound: The caller has no such account.
        MediaNotAllowed: Its provider has no media, or the artist did not allow to read it.
        InvalidFields: The consultation is not one of the caller's, or is over.
        SessionEnded: The caller's account was deleted.
    """
    account = media.require_media(caller, account_id)
    _require_consultation(caller, request.target)
    media_ids = list(dict.fromkeys(request.media_ids))
    target = request.target
    imports = order_all(account, media_ids, target.type, target.consultation_id, now)
    return MediaImportList([present(each) for each in imports], None)


def order_all(
    account: SocialAccount,
    media_ids: list[str],
    target: MediaTarget,
    consultation_id: str | None,
    now: datetime,
) -> list[MediaImport]:
    """Order imports and have the worker begin; it can be repeated.

    Raises:
        SessionEnded: The account of the artist was deleted.
    """
    imports = [_order_one(account, each, target, consultation_id, now) for each in media_ids]
    waiting = [each for each in imports if each.state is ImportState.QUEUED]
    work.send(*(build_work(each) for each in waiting))
    return imports


def get(caller: Caller, account_id: str, import_id: str) -> MediaImportView:
    """Return an import of one of the caller's accounts.

    Raises:
        NotFound: There is none.
    """
    import_ = store.find_import(caller.user_id, import_id)
    if import_ is None or import_.account_id != account_id:
        raise NotFound("There is no such import.")
    return present(import_)


def list_imports(caller: Caller, account_id: str, query: ImportsQuery) -> MediaImportList:
    """Return a page of an account's imports, newest first.

    Raises:
        NotFound: The caller has no such account.
        InvalidFields: The cursor is not one of this list.
    """
    accounts.require_own(caller, account_id)
    scope = f"media imports {caller.user_id} {account_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    imports, last = store.list_imports(caller.user_id, account_id, after, query.limit)
    return MediaImportList(
        [present(each) for each in imports], cursors.encode(last, scope) if last else None
    )


def build_work(import_: MediaImport) -> Work:
    """Return the message by which the worker fetches the content of an import."""
    return Work(FETCH, import_.artist_id, import_.account_id, import_.id)


def present(import_: MediaImport) -> MediaImportView:
    """Return an import as its artist sees it."""
    is_item = import_.target is MediaTarget.PORTFOLIO
    is_fetched = import_.state in (
        ImportState.INSPECTING,
        ImportState.PLACING,
        ImportState.IMPORTED,
        ImportState.REMOVED,
    )
    return MediaImportView(
        id=import_.id,
        account_id=import_.account_id,
        provider=import_.provider,
        media_id=import_.media_id,
        target=import_.target,
        consultation_id=import_.consultation_id,
        state=import_.state,
        problem=import_.problem,
        rejection=import_.rejection,
        retry_at=import_.retry_at,
        file_id=import_.file_id if is_fetched else None,
        item_id=import_.record_id if is_item else None,
        part_ids=list(import_.part_ids),
        caption=import_.caption,
        permalink=import_.permalink,
        taken_at=import_.taken_at,
        removed_at_source=import_.removed_at_source,
        created_at=import_.created_at,
        updated_at=import_.updated_at,
    )


@retry_on_conflict
def _order_one(
    account: SocialAccount,
    media_id: str,
    target: MediaTarget,
    consultation_id: str | None,
    now: datetime,
) -> MediaImport:
    key = store.build_key(account.id, media_id, target, consultation_id)
    import_ = store.find_by_keys(account.artist_id, [key]).get(key)
    try:
        if import_ is None:
            import_ = MediaImport(
                id=new_id("smi"),
                artist_id=account.artist_id,
                account_id=account.id,
                provider=MediaProvider(account.provider),
                media_id=media_id,
                target=target,
                consultation_id=consultation_id,
                file_id=_derive_file_id(account.artist_id, key, 1, now),
                created_at=now,
                updated_at=now,
                due_at=now + rules.TOLD_AGAIN_AFTER,
            )
            store.create(import_)
        elif rules.can_begin_again(import_):
            attempt = import_.attempt + 1
            file_id = _derive_file_id(account.artist_id, key, attempt, now)
            import_ = rules.begin_again(import_, file_id, now)
            store.save(import_, new_file=True)
    except WriteConflict:
        if tombstones.is_deleted(account.artist_id):
            raise SessionEnded("The account was deleted.") from None
        raise
    return import_


def _derive_file_id(artist_id: str, key: str, attempt: int, now: datetime) -> str:
    """Return the id of the file of an attempt, which is stored with the import from then on."""
    return file_imports.derive_file_id(artist_id, f"social media {key} {attempt}", now)


def _require_consultation(caller: Caller, target: ImportTarget) -> None:
    if target.consultation_id is None:
        return
    field = "body.target.consultationId"
    consultation = store.find_consultation(caller.user_id, target.consultation_id)
    if consultation is None:
        raise InvalidFields(FieldError(field, "is not one of your consultations"))
    if not consultation.is_open:
        raise InvalidFields(FieldError(field, "is a consultation that is over"))
