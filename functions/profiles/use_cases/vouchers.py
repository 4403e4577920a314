"""Vouchers: templates, and vouchers issued from them that are redeemed once.

A voucher is only written in the version that follows the one that was read, so of several attempts
to redeem it at the same time one succeeds.
"""

from datetime import datetime, timedelta

import msgspec

from domain.errors import Blocked, FieldError, InvalidFields, NotFound, StateConflict
from domain.ids import new_id
from profiles.models.vouchers import Voucher, VoucherStatus, VoucherTemplate
from profiles.rules import errors, voucher_codes
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
from shared.data.conflicts import retry_on_conflict
from shared.http import cursors
from shared.http.caller import Caller, Role

MAX_TEMPLATES = 50  # per artist
_ERRORS: dict[VoucherStatus, tuple[type[StateConflict], str]] = {
    VoucherStatus.REDEEMED: (errors.VoucherRedeemed, "This voucher was already redeemed."),
    VoucherStatus.VOID: (errors.VoucherVoid, "This voucher is void."),
    VoucherStatus.EXPIRED: (errors.VoucherExpired, "This voucher has expired."),
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
        Blocked: The caller or the client blocks the other.
        TemplateInactive: The template is not active.
    """
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
        if client.is_blocked:
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
    store.create_voucher(voucher)
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


def redeem(caller: Caller, request: RedeemVoucherRequest, now: datetime) -> VoucherView:
    """Redeem a voucher that the caller issued.

    Raises:
        NotFound: The caller issued no voucher with this code.
        InvalidFields: The caller has no such appointment.
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
    redeemed = msgspec.structs.replace(
        voucher,
        status=VoucherStatus.REDEEMED,
        redeemed_at=now,
        appointment_id=appointment_id,
        version=voucher.version + 1,
    )
    store.update_voucher(redeemed)
    return _present(redeemed, now)


@retry_while_account_exists
def void(caller: Caller, voucher_id: str, now: datetime) -> VoucherView:
    """Void a voucher that is still valid.

    Raises:
        NotFound: The caller issued no such voucher.
        VoucherRedeemed: The voucher was redeemed.
        VoucherVoid: The voucher is void already.
        VoucherExpired: The voucher has expired.
    """
    voucher = _require_valid(store.find_voucher(caller.user_id, voucher_id), now)
    voided = msgspec.structs.replace(
        voucher, status=VoucherStatus.VOID, version=voucher.version + 1
    )
    store.update_voucher(voided)
    return _present(voided, now)


# ---- erasure -----------------------------------------------------------------------------------


def redact_vouchers(client_id: str, limit: int) -> bool:
    """Remove a deleted client from up to `limit` of their vouchers.

    The vouchers were paid for, so they then belong to anyone who has the code.

    Returns:
        Whether none are left.
    """
    vouchers, _ = store.list_held_vouchers(client_id, None, limit)
    for voucher in vouchers:
        _redact(voucher.artist_id, voucher.id)
    return len(vouchers) < limit


@retry_on_conflict
def _redact(artist_id: str, voucher_id: str) -> None:
    voucher = store.find_voucher(artist_id, voucher_id)
    if voucher is not None and voucher.client_id is not None:  # the list lags behind
        redacted = msgspec.structs.replace(
            voucher, client_id=None, appointment_id=None, version=voucher.version + 1
        )
        store.save_redacted_voucher(redacted)


# ---- helpers -----------------------------------------------------------------------------------


def _require_valid(voucher: Voucher | None, now: datetime) -> Voucher:
    """Return the voucher.

    Raises:
        NotFound: There is no voucher.
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
