"""Vouchers: templates, and codes that are issued of them and redeemed once.

A voucher is changed only in the version it was read in: of many who redeem it at once, one does.
"""

from datetime import datetime, timedelta

import msgspec

from domain.errors import FieldError, InvalidFields, NotFound
from domain.ids import new_id
from profiles.models.collections import Template, Voucher, VoucherStatus
from profiles.rules import errors, voucher_codes
from profiles.rules.errors import TemplateInactive, TooManyTemplates
from profiles.schemas.common import given
from profiles.schemas.portfolio import PageQuery
from profiles.schemas.vouchers import (
    RedeemRequest,
    TemplateChanges,
    TemplateRequest,
    Templates,
    TemplateView,
    VoucherRequest,
    Vouchers,
    VouchersQuery,
    VoucherView,
)
from profiles.store import clients
from profiles.store import vouchers as store
from profiles.use_cases.live_accounts import settled_for
from shared.data.conflicts import retry_on_conflict
from shared.http import cursors
from shared.http.caller import Caller, Role

MAX_TEMPLATES = 50  # of one artist
_REFUSALS = {
    VoucherStatus.REDEEMED: errors.VoucherRedeemed,
    VoucherStatus.VOID: errors.VoucherVoid,
    VoucherStatus.EXPIRED: errors.VoucherExpired,
}


# ---- templates ---------------------------------------------------------------------------------


def list_templates(caller: Caller, query: PageQuery) -> Templates:
    """The caller's templates, the newest first."""
    scope = f"voucher templates {caller.user_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    found, last = store.list_templates(caller.user_id, after, query.limit)
    return Templates(
        items=[_template_view(template) for template in found],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


def add_template(caller: Caller, request: TemplateRequest, now: datetime) -> TemplateView:
    """Lay down what vouchers are issued of. Raises a 409 Problem where there are too many."""

    def work() -> TemplateView:
        if store.count_templates(caller.user_id) >= MAX_TEMPLATES:
            raise TooManyTemplates(f"Nobody has more than {MAX_TEMPLATES} templates.")
        template = Template(
            id=new_id("vct"),
            artist_id=caller.user_id,
            name=request.name,
            value=request.value,
            validity_days=request.validity_days,
            active=request.active,
            created_at=now,
        )
        store.add_template(template, MAX_TEMPLATES)
        return _template_view(template)

    return settled_for(caller.user_id, work)


def change_template(caller: Caller, template_id: str, request: TemplateChanges) -> TemplateView:
    """Change what is issued from now on. Raises a 404 Problem unless it is the caller's."""

    def work() -> TemplateView:
        before = store.find_template(caller.user_id, template_id)
        if before is None:
            raise NotFound("There is no such template.")
        template = msgspec.structs.replace(before, **given(request))
        if template == before:
            return _template_view(before)
        template = msgspec.structs.replace(template, version=before.version + 1)
        store.change_template(template)
        return _template_view(template)

    return settled_for(caller.user_id, work)


# ---- vouchers ----------------------------------------------------------------------------------


def issue(caller: Caller, request: VoucherRequest, now: datetime) -> VoucherView:
    """Issue a voucher with the value that its template has now.

    Raises a 422 Problem for a template that is not the caller's, or a client who is not, a 409 one
    for a template that is not active.
    """
    template = store.find_template(caller.user_id, request.template_id)
    if template is None:
        raise InvalidFields(FieldError("body.templateId", "is no template of yours"))
    if not template.active:
        raise TemplateInactive("Nothing is issued of this template at present.")
    client_id = request.client_id
    if client_id is not None and clients.find_client(caller.user_id, client_id) is None:
        raise InvalidFields(FieldError("body.clientId", "is no client of yours"))

    def work() -> VoucherView:
        voucher = Voucher(
            id=new_id("vch"),
            artist_id=caller.user_id,
            template_id=template.id,
            name=template.name,
            value=template.value,
            code=voucher_codes.new_code(),
            holder_id=client_id,
            status=VoucherStatus.ISSUED,
            issued_at=now,
            expires_at=now + timedelta(days=template.validity_days),
        )
        store.add_voucher(voucher)
        return _view(voucher, now)

    return settled_for(caller.user_id, work, about=client_id)


def list_own(caller: Caller, query: VouchersQuery, now: datetime) -> Vouchers:
    """What the caller issued as an artist, or holds, the newest first."""
    side = query.side or ("issued" if caller.role is Role.ARTIST else "held")
    scope = f"vouchers {side} {caller.user_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    find = store.list_issued if side == "issued" else store.list_held
    found, last = find(caller.user_id, after, query.limit)
    return Vouchers(
        items=[_view(voucher, now) for voucher in found],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


def redeem(caller: Caller, request: RedeemRequest, now: datetime) -> VoucherView:
    """Redeem a voucher that the caller issued, once.

    Raises a 404 Problem for a code that is not of theirs, a 409 one that says why it is not good, a
    422 one for an appointment that is not theirs.
    """
    code = voucher_codes.normalised(request.code)
    if code is None:
        raise _no_such_voucher()
    if request.appointment_id is not None:
        visit = clients.find_visit_by_id(request.appointment_id)
        if visit is None or visit.artist_id != caller.user_id:
            raise InvalidFields(FieldError("body.appointmentId", "is no appointment of yours"))

    def work() -> VoucherView:
        voucher = _good(store.find_by_code(caller.user_id, code), now)
        redeemed = msgspec.structs.replace(
            voucher,
            status=VoucherStatus.REDEEMED,
            redeemed_at=now,
            appointment_id=request.appointment_id,
            version=voucher.version + 1,
        )
        store.change_voucher(redeemed)
        return _view(redeemed, now)

    return settled_for(caller.user_id, work)


def void(caller: Caller, voucher_id: str, now: datetime) -> VoucherView:
    """Take back a voucher that is still good. Raises as `redeem`."""

    def work() -> VoucherView:
        voucher = _good(store.find_voucher(caller.user_id, voucher_id), now)
        taken_back = msgspec.structs.replace(
            voucher, status=VoucherStatus.VOID, version=voucher.version + 1
        )
        store.change_voucher(taken_back)
        return _view(taken_back, now)

    return settled_for(caller.user_id, work)


# ---- erasure -----------------------------------------------------------------------------------


def forget_some_held(holder_id: str, limit: int) -> bool:
    """Let so many vouchers of a holder who is gone belong to whoever has the code: they were paid.

    Returns whether these were all.
    """
    found, _ = store.list_held(holder_id, None, limit)
    for voucher in found:
        _forget_holder(voucher.artist_id, voucher.id)
    return len(found) < limit


@retry_on_conflict
def _forget_holder(artist_id: str, voucher_id: str) -> None:
    voucher = store.find_voucher(artist_id, voucher_id)
    if voucher is not None and voucher.holder_id is not None:  # else the list lags behind
        left = msgspec.structs.replace(
            voucher, holder_id=None, appointment_id=None, version=voucher.version + 1
        )
        store.forget_holder(left)


def _good(voucher: Voucher | None, now: datetime) -> Voucher:
    if voucher is None:
        raise _no_such_voucher()
    status = voucher.status_at(now)
    if status is not VoucherStatus.ISSUED:
        raise _REFUSALS[status]()
    return voucher


def _no_such_voucher() -> NotFound:
    return NotFound("There is no such voucher.")


def _template_view(template: Template) -> TemplateView:
    return TemplateView(
        id=template.id,
        name=template.name,
        value=template.value,
        validity_days=template.validity_days,
        active=template.active,
        created_at=template.created_at,
    )


def _view(voucher: Voucher, now: datetime) -> VoucherView:
    return VoucherView(
        id=voucher.id,
        artist_id=voucher.artist_id,
        template_id=voucher.template_id,
        name=voucher.name,
        value=voucher.value,
        code=voucher_codes.shown(voucher.code),
        client_id=voucher.holder_id,
        status=voucher.status_at(now),
        issued_at=voucher.issued_at,
        expires_at=voucher.expires_at,
        redeemed_at=voucher.redeemed_at,
        appointment_id=voucher.appointment_id,
    )
