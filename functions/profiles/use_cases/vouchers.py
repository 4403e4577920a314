"""Vouchers: templates, and vouchers issued from them that are redeemed once.

appointments decides about redemption, because a booking and the voucher it redeems have to be
written together. So redeeming and voiding by hand are requests here, and its events their outcome.
A voucher is only written in the version that follows the one that was read, so of several requests
at the same time one is made.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import msgspec

from domain import voucher_codes
from domain.errors import Blocked, FieldError, InvalidFields, NotFound, StateConflict
from domain.ids import new_id
from domain.vouchers import VoucherExpired, VoucherRedeemed, VoucherVoid
from profiles import events
from profiles.events import VoucherDecided
from profiles.models.vouchers import (
    Voucher,
    VoucherAction,
    VoucherClosing,
    VoucherStatus,
    VoucherTemplate,
)
from profiles.rules import errors
from profiles.rules.errors import TemplateInactive, TooManyTemplates
from profiles.schemas.common import ListQuery, get_changes
from profiles.schemas.vouchers import (
    CreateVoucherTemplateRequest,
    IssueVoucherRequest,
    RedeemVoucherRequest,
    UpdateVoucherTemplateRequest,
    VoucherList,
    VouchersQuery,
    VoucherTemplateList,
    VoucherTemplateView,
    VoucherView,
)
from profiles.store import clients, visits
from profiles.store import vouchers as store
from profiles.use_cases.account_retry import retry_while_account_exists
from shared.data import bans
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.events.domain_events import DomainEvent, decode_data
from shared.http import cursors
from shared.http.caller import Caller, Role
from shared.http.repetition import find_made

MAX_TEMPLATES = 50  # per artist
PUBLISHED_PER_READ = 50
_ERRORS: dict[VoucherStatus, tuple[type[StateConflict], str]] = {
    VoucherStatus.REDEEMING: (errors.VoucherClosing, "This voucher is being redeemed."),
    VoucherStatus.VOIDING: (errors.VoucherClosing, "This voucher is being voided."),
    VoucherStatus.REDEEMED: (VoucherRedeemed, "This voucher was already redeemed."),
    VoucherStatus.VOID: (VoucherVoid, "This voucher is void."),
    VoucherStatus.EXPIRED: (VoucherExpired, "This voucher has expired."),
}


# ---- templates ---------------------------------------------------------------------------------


def list_templates(caller: Caller, query: ListQuery) -> VoucherTemplateList:
    """List the caller's templates, newest first."""
    scope = f"voucher templates {caller.user_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    templates, last = store.list_templates(caller.user_id, after, query.limit)
    return VoucherTemplateList(
        items=[_present_template(template) for template in templates],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


@retry_while_account_exists
def create_template(
    caller: Caller, request: CreateVoucherTemplateRequest, now: datetime
) -> VoucherTemplateView:
    """Create a template.

    Raises:
        TooManyTemplates: The caller has MAX_TEMPLATES templates.
    """
    if made := find_made("vct", partial(store.find_template, caller.user_id)):
        return _present_template(made)
    if store.count_templates(caller.user_id) >= MAX_TEMPLATES:
        raise TooManyTemplates(f"You can have at most {MAX_TEMPLATES} templates.")
    template = VoucherTemplate(
        id=new_id("vct"),
        artist_id=caller.user_id,
        name=request.name,
        value=request.value,
        validity_days=request.validity_days,
        active=request.active,
        created_at=now,
    )
    store.create_template(template, MAX_TEMPLATES)
    return _present_template(template)


@retry_while_account_exists
def update_template(
    caller: Caller, template_id: str, request: UpdateVoucherTemplateRequest
) -> VoucherTemplateView:
    """Change a template. Issued vouchers stay as they are.

    Raises:
        NotFound: The caller has no such template.
    """
    before = store.find_template(caller.user_id, template_id)
    if before is None:
        raise NotFound("There is no such template.")
    template = msgspec.structs.replace(before, **get_changes(request))
    if template == before:
        return _present_template(before)
    template = msgspec.structs.replace(template, version=before.version + 1)
    store.update_template(template)
    return _present_template(template)


# ---- vouchers ----------------------------------------------------------------------------------


def issue(caller: Caller, request: IssueVoucherRequest, now: datetime) -> VoucherView:
    """Issue a voucher with the current value of its template.

    Raises:
        InvalidFields: The caller has no such template, or no such client.
        Blocked: The caller or the client blocks the other, or the client is banned.
        TemplateInactive: The template is not active.
    """
    if made := find_made("vch", partial(store.find_voucher, caller.user_id)):
        return _present(made, now)
    template = store.find_template(caller.user_id, request.template_id)
    if template is None:
        raise InvalidFields(FieldError("body.templateId", "is not one of your templates"))
    if not template.active:
        raise TemplateInactive("This template is inactive, so no vouchers can be issued from it.")
    client_id = request.client_id
    if client_id is not None:
        client = clients.find_client(caller.user_id, client_id)
        if client is None:
            raise InvalidFields(FieldError("body.clientId", "is not one of your clients"))
        if client.is_blocked or bans.is_banned(client_id):
            raise Blocked("This is not possible because one of you blocks the other.")
    return _issue(caller, template, client_id, now)


@retry_while_account_exists(other="client_id")
def _issue(
    caller: Caller, template: VoucherTemplate, client_id: str | None, now: datetime
) -> VoucherView:
    voucher = Voucher(
        id=new_id("vch"),
        artist_id=caller.user_id,
        template_id=template.id,
        name=template.name,
        value=template.value,
        code=voucher_codes.create_code(),
        client_id=client_id,
        status=VoucherStatus.ISSUED,
        issued_at=now,
        expires_at=now + timedelta(days=template.validity_days),
    )
    store.create_voucher(voucher, [events.voucher_saved(voucher, now)])
    return _present(voucher, now)


def list_own(caller: Caller, query: VouchersQuery, now: datetime) -> VoucherList:
    """List the vouchers that the caller issued as artist, or holds, newest first."""
    side = query.side or ("issued" if caller.role is Role.ARTIST else "held")
    scope = f"vouchers {side} {caller.user_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    list_page = store.list_issued_vouchers if side == "issued" else store.list_held_vouchers
    vouchers, last = list_page(caller.user_id, after, query.limit)
    return VoucherList(
        items=[_present(voucher, now) for voucher in vouchers],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


def get(caller: Caller, voucher_id: str, now: datetime) -> VoucherView:
    """Return a voucher that the caller issued.

    Raises:
        NotFound: The caller issued no such voucher.
    """
    voucher = store.find_voucher(caller.user_id, voucher_id)
    if voucher is None:
        raise NotFound("There is no such voucher.")
    return _present(voucher, now)


def redeem(caller: Caller, request: RedeemVoucherRequest, now: datetime) -> VoucherView:
    """Ask to redeem a voucher that the caller issued.

    Raises:
        NotFound: The caller issued no voucher with this code.
        InvalidFields: The caller has no such appointment.
        VoucherClosing: It is being redeemed or voided already.
        VoucherRedeemed: The voucher was redeemed before.
        VoucherVoid: The voucher is void.
        VoucherExpired: The voucher has expired.
    """
    code = voucher_codes.parse_code(request.code)
    if code is None:
        raise NotFound("There is no such voucher.")
    if request.appointment_id is not None:
        visit = visits.find_visit_by_appointment(request.appointment_id)
        if visit is None or visit.artist_id != caller.user_id:
            raise InvalidFields(FieldError("body.appointmentId", "is not one of your appointments"))
    return _redeem(caller, code, request.appointment_id, now)


@retry_while_account_exists
def _redeem(caller: Caller, code: str, appointment_id: str | None, now: datetime) -> VoucherView:
    voucher = _require_valid(store.find_voucher_by_code(caller.user_id, code), now)
    return _request(voucher, VoucherAction.REDEEM, appointment_id, now)


@retry_while_account_exists
def void(caller: Caller, voucher_id: str, now: datetime) -> VoucherView:
    """Ask to void a voucher that is still valid.

    Raises:
        NotFound: The caller issued no such voucher.
        VoucherClosing: It is being redeemed or voided already.
        VoucherRedeemed: The voucher was redeemed.
        VoucherVoid: The voucher is void already.
        VoucherExpired: The voucher has expired.
    """
    voucher = _require_valid(store.find_voucher(caller.user_id, voucher_id), now)
    return _request(voucher, VoucherAction.VOID, None, now)


def _request(
    voucher: Voucher, action: VoucherAction, appointment_id: str | None, now: datetime
) -> VoucherView:
    """Store and publish the request, which appointments decides: a booking may be faster."""
    version = voucher.version + 1
    requested = msgspec.structs.replace(
        voucher,
        closing=VoucherClosing(action, appointment_id, version),
        version=version,
    )
    store.update_voucher(requested, [events.voucher_saved(requested, now)])
    return _present(requested, now)


# ---- decisions of appointments -----------------------------------------------------------------


def handle_voucher_redeemed(event: DomainEvent, _now: datetime) -> None:
    """Store that a voucher was redeemed, with a booking or by its artist."""
    _apply(decode_data(event, VoucherDecided), VoucherStatus.REDEEMED)


def handle_voucher_voided(event: DomainEvent, _now: datetime) -> None:
    """Store that a voucher was voided."""
    _apply(decode_data(event, VoucherDecided), VoucherStatus.VOID)


def handle_voucher_restored(event: DomainEvent, _now: datetime) -> None:
    """Store that a voucher can be redeemed again."""
    _apply(decode_data(event, VoucherDecided), VoucherStatus.ISSUED)


@retry_on_conflict
def _apply(decided: VoucherDecided, status: VoucherStatus) -> None:
    """Apply a decision, unless a newer one was applied or the voucher is erased."""
    voucher = store.find_voucher(decided.artist_id, decided.voucher_id)
    if voucher is None or voucher.decision >= decided.record_version:
        return
    closing = voucher.closing
    if closing is not None and closing.voucher_version <= decided.voucher_version:
        closing = None
    is_redeemed = status is VoucherStatus.REDEEMED
    followed = msgspec.structs.replace(
        voucher,
        status=status,
        redeemed_at=decided.changed_at if is_redeemed else None,
        appointment_id=decided.appointment_id if is_redeemed else None,
        expires_at=decided.expires_at,
        closing=closing,
        decision=decided.record_version,
        version=voucher.version + 1,
    )
    store.save_followed_voucher(followed)


def republish(artist_id: str, now: datetime) -> None:
    """Publish every voucher of an artist again, for the copies of appointments."""
    after: str | None = None
    while True:
        issued, after = store.list_issued_vouchers(artist_id, after, PUBLISHED_PER_READ)
        for voucher in issued:
            with suppress(WriteConflict):  # it was changed, and so published, meanwhile
                store.publish_again(voucher, events.voucher_saved(voucher, now))
        if after is None:
            return


# ---- erasure -----------------------------------------------------------------------------------


def redact_vouchers(client_id: str, limit: int, now: datetime) -> bool:
    """Remove a deleted client from up to `limit` of their vouchers.

    The vouchers were paid for, so they then belong to anyone who has the code.

    Returns:
        Whether none are left.
    """
    vouchers, _ = store.list_held_vouchers(client_id, None, limit)
    for voucher in vouchers:
        _redact(voucher.artist_id, voucher.id, now)
    return len(vouchers) < limit


@retry_on_conflict
def _redact(artist_id: str, voucher_id: str, now: datetime) -> None:
    voucher = store.find_voucher(artist_id, voucher_id)
    if voucher is not None and voucher.client_id is not None:  # the list lags behind
        redacted = msgspec.structs.replace(
            voucher, client_id=None, appointment_id=None, version=voucher.version + 1
        )
        store.save_followed_voucher(redacted, [events.voucher_saved(redacted, now)])


# ---- helpers -----------------------------------------------------------------------------------


def _require_valid(voucher: Voucher | None, now: datetime) -> Voucher:
    """Return the voucher.

    Raises:
        NotFound: There is no voucher.
        VoucherClosing: The voucher is being redeemed or voided.
        VoucherRedeemed: The voucher was redeemed.
        VoucherVoid: The voucher is void.
        VoucherExpired: The voucher has expired.
    """
    if voucher is None:
        raise NotFound("There is no such voucher.")
    status = voucher.get_status(now)
    if status is not VoucherStatus.ISSUED:
        error, detail = _ERRORS[status]
        raise error(detail)
    return voucher


def _present_template(template: VoucherTemplate) -> VoucherTemplateView:
    return VoucherTemplateView(
        id=template.id,
        name=template.name,
        value=template.value,
        validity_days=template.validity_days,
        active=template.active,
        created_at=template.created_at,
    )


def _present(voucher: Voucher, now: datetime) -> VoucherView:
    return VoucherView(
        id=voucher.id,
        artist_id=voucher.artist_id,
        template_id=voucher.template_id,
        name=voucher.name,
        value=voucher.value,
        code=voucher_codes.format_code(voucher.code),
        client_id=voucher.client_id,
        status=voucher.get_status(now),
        issued_at=voucher.issued_at,
        expires_at=voucher.expires_at,
        redeemed_at=voucher.redeemed_at,
        appointment_id=voucher.appointment_id,
    )
