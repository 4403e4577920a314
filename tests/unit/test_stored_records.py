"""Records that version 0.1.0 stored are still read: names in code may change, stored ones not."""

from typing import Any

import msgspec
import pytest

from appointments.models import AppointmentCharge, ClientWaitlists, Deposit, ProjectSitting, Sitting
from appointments.store import table as appointments_table
from appointments.store.earlier_forms import decode_service
from appointments.use_cases import presenter
from consultations.models import Consultation, LinkedProposal
from consultations.store import copies as consultation_copies
from consultations.store import table as consultations_table
from domain.money import Money
from domain.policy_terms import (
    AgeBasis,
    AgeConfirmation,
    ByPolicy,
    DepositAmount,
    DepositRules,
    Fixed,
    Percent,
)
from files.models import File
from files.store import table as files_table
from notifications.models import Contact, InboxEntry, OneTapAction
from notifications.store import INDEXES
from policies.store.table import LinkItem
from profiles.models.artist_pages import ArtistPage
from profiles.models.boards import Board
from profiles.models.clients import Client
from profiles.models.vouchers import Voucher
from profiles.store import artist_pages, people, portfolio
from profiles.store import erasures as profiles_erasures
from quick_actions.models import Execution
from quick_actions.models import Service as QuickActionsService
from quick_actions.store import actions, table
from shared.data.shards import shard_partition, shard_partitions
from tests.unit.appointments import factories

STORED_NAMES = {
    (ArtistPage, "old_search_keys"): "index",
    (Board, "items"): "saved",
    (Client, "upcoming"): "ahead",
    (ClientWaitlists, "entries"): "waits",
    (Consultation, "request"): "wish",
    (Contact, "verified_at"): "toldAt",
    (Execution, "fingerprint"): "asked",
    (File, "content"): "kept",
    (InboxEntry, "conversation"): "thread",
    (LinkedProposal, "outcomes"): "over",
    (Voucher, "client_id"): "holder_id",
}


@pytest.mark.parametrize(("field", "stored"), STORED_NAMES.items(), ids=str)
def test_renamed_fields_keep_their_stored_names(
    field: tuple[type[msgspec.Struct], str], stored: str
) -> None:
    model, name = field
    names = {each.name: each.encode_name for each in msgspec.structs.fields(model)}
    assert names[name] == stored


SERVICE = {
    "id": "svc_1",
    "artistId": "usr_1",
    "name": 'Says "byPolicy"',
    "description": "",
    "location": "",
    "durationMinutes": 60,
    "price": {"amount": 12000, "currency": "EUR"},
    "sittings": 1,
    "bufferBeforeMinutes": 0,
    "bufferAfterMinutes": 0,
    "deposit": None,
    "minimumNoticeMinutes": 0,
    "bookingHorizonDays": 90,
    "slotIntervalMinutes": 60,
    "dailyLimit": None,
    "mode": "direct",
    "waitlistMode": "first_in_line",
    "waitlistAnswerMinutes": 120,
    "version": 1,
}
EARLIER_DEPOSIT = {
    "fixed": None,
    "percent": None,
    "byPolicy": False,
    "refundableUntilHours": 24,
}


@pytest.mark.parametrize(
    ("stored", "deposit", "until"),
    [
        ({"deposit": None}, None, 48),
        ({"deposit": EARLIER_DEPOSIT | {"fixed": 5000}}, Fixed(5000), 24),
        ({"deposit": EARLIER_DEPOSIT | {"percent": 30}}, Percent(30), 24),
        ({"deposit": EARLIER_DEPOSIT | {"byPolicy": True}}, ByPolicy(), 24),
        ({"deposit": {"type": "percent", "percent": 30}}, Percent(30), 48),
        (
            {"deposit": {"type": "by_policy"}, "depositRefundableUntilHours": None},
            ByPolicy(),
            None,
        ),
    ],
)
def test_services_are_read_with_the_earlier_form_of_their_deposit(
    stored: dict[str, Any], deposit: DepositAmount | None, until: int | None
) -> None:
    service = decode_service(msgspec.json.encode(SERVICE | stored).decode())
    assert (service.deposit, service.deposit_refundable_until_hours) == (deposit, until)
    assert service.name == SERVICE["name"]
    assert decode_service(msgspec.json.encode(service).decode()) == service


EARLIER_DEPOSIT_LEDGER = {
    "amount": 5000,
    "currency": "EUR",
    "refundableUntilHours": 48,
    "entries": [
        {
            "state": "requested",
            "amount": 5000,
            "at": "2026-03-02T08:00:00Z",
            "by": "client",
            "note": "",
            "appointmentId": None,
            "files": [],
        }
    ],
}
EARLIER_CHARGE = {
    "action": "reschedule",
    "fee": 6000,
    "depositForfeited": 0,
    "due": 6000,
    "currency": "EUR",
    "explanation": "Moving the booking costs 60.00 EUR.",
    "at": "2026-03-02T08:00:00Z",
    "versionId": None,
}
EARLIER_RULES = {
    "type": "deposit",
    "deposit": {"type": "percent", "percent": 50},
    "refundableUntilHours": 48,
}


def test_sittings_of_earlier_projects_are_read() -> None:
    stored = b'{"proposalId": "prp_1", "sitting": 2, "sittings": 3}'
    sitting = msgspec.json.decode(stored, type=ProjectSitting)
    assert (sitting.key, sitting.appointment_ids, sitting.total) == ("prp_1", (), None)
    booked = factories.appointment(project=sitting)
    assert presenter.get_total(booked) == Money(36000, "EUR")
    assert (booked.voucher, booked.list_price) == (None, booked.price)


def test_sittings_of_earlier_proposals_are_read() -> None:
    stored = b'{"startsAt": "2030-01-31T09:30:00Z", "endsAt": "2030-01-31T11:30:00Z"}'
    assert msgspec.json.decode(stored, type=Sitting).price is None


@pytest.mark.parametrize("status", ["issued", "redeemed", "void"])
def test_vouchers_of_earlier_versions_are_read(status: str) -> None:
    stored = {
        **{"id": "vch_1", "artist_id": "usr_1", "template_id": "vct_1", "name": "Gift"},
        **{"value": {"type": "percent", "percent": 20}, "code": "0" * 16, "holder_id": None},
        **{"status": status, "issued_at": "2030-01-31T09:30:00Z"},
        **{"expires_at": "2031-01-31T09:30:00Z", "redeemed_at": None, "appointment_id": None},
        "version": 2,
    }
    voucher = msgspec.convert(stored, Voucher)
    assert (voucher.status, voucher.closing, voucher.decision) == (status, None, 0)
    assert voucher.get_status(voucher.issued_at) == status


EARLIER: list[tuple[type[msgspec.Struct], dict[str, Any], str, object]] = [
    (
        QuickActionsService,
        {"id": "s", "name": "n", "duration_minutes": 60, "price": {"amount": 1, "currency": "EUR"}},
        "sittings",
        None,
    ),
    (
        LinkedProposal,
        {"proposal_id": "p", "accepted": True, "over": {"apt_1": "appointment.completed"}},
        "ended",
        None,
    ),
    (OneTapAction, {"actionId": "a", "label": "l"}, "content_hash", ""),
    *(
        (Deposit, EARLIER_DEPOSIT_LEDGER, field, None)  # agreed without a deadline
        for field in ("due_at", "remind_at")
    ),
    (AppointmentCharge, EARLIER_CHARGE, "entries", ()),
    *((DepositRules, EARLIER_RULES, field, None) for field in ("due_within_hours", "when_unpaid")),
]


@pytest.mark.parametrize(("model", "stored", "field", "default"), EARLIER)
def test_records_are_read_without_the_fields_that_came_later(
    model: type[msgspec.Struct], stored: dict[str, Any], field: str, default: object
) -> None:
    record = msgspec.json.decode(msgspec.json.encode(stored), type=model)
    assert getattr(record, field) == default


def test_the_signatory_of_a_link_keeps_its_stored_name() -> None:
    attributes: dict[str, Any] = LinkItem.get_attributes()
    assert attributes["signatory"].attr_name == "person"


def test_a_confirmation_of_age_is_stored_as_consultations_always_did() -> None:
    stored = b'{"versionId":"pol_1_age_2","basis":"guardian_consents"}'
    confirmation = msgspec.json.decode(stored, type=AgeConfirmation)
    assert confirmation == AgeConfirmation("pol_1_age_2", AgeBasis.GUARDIAN_CONSENTS)
    assert msgspec.json.encode(confirmation) == stored


def test_renamed_keys_and_collections_keep_their_stored_names() -> None:
    assert consultation_copies.PROFILE == "CARD"
    assert "acquaintances" in INDEXES
    assert artist_pages.REMOVED == "GONE#"
    assert (people.PEOPLE, people.SORT_KEY) == ("CARDS#", "CARD")
    assert (portfolio.ITEM, portfolio.ITEMS) == ("WORK#", "WORKS")
    assert actions.ACTIONS == "ROW"
    assert table.PROFILE == "CARD"


def test_partitions_of_due_records_keep_their_stored_names() -> None:
    assert (appointments_table.DUE, appointments_table.REFRESH) == ("DUE", "REFRESH")
    assert consultations_table.DUE == files_table.DUE == profiles_erasures.DUE == "DUE"


def test_shards_keep_their_stored_names() -> None:
    keys = ("usr_01JD0000000000000000000AAA", "apt_1", "")
    assert [shard_partition("DUE", key) for key in keys] == ["DUE#1", "DUE#1", "DUE#0"]
    assert shard_partitions("OUTBOX") == [f"OUTBOX#{number}" for number in range(8)]
