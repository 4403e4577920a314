"""State machine: whatever artists, clients and time do, calendar and money stay consistent.

Hypothesis draws the actions around a night on which the clock changes, and after each step the
table is compared with a model.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, pairwise
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from appointments import store
from appointments.models import (
    Appointment,
    AppointmentStatus,
    BookingMode,
    CalendarEntry,
    OpeningWindow,
    ProjectSitting,
    Proposal,
    Service,
    WeeklyHours,
)
from appointments.rules import balances
from appointments.rules.balances import Balance
from appointments.schemas import (
    AcceptProposalRequest,
    AppointmentView,
    BookingRequest,
    CancelAppointmentRequest,
    ChargeRequest,
    CorrectAppointmentRequest,
    CostPreview,
    DeclineAppointmentRequest,
    DepositNoteRequest,
    DepositProofRequest,
    HoldRequest,
    ProposalRequest,
    ProposalView,
    RefundDepositRequest,
    RescheduleAppointmentRequest,
    SettleChargeRequest,
    SettlementSource,
    SittingToPropose,
    WaiveDepositRequest,
    WalkInRequest,
)
from appointments.store.days import decode_day
from appointments.use_cases import booking, charges, deposits, due_work, lifecycle, proposals
from appointments.use_cases import holds as hold_use_cases
from domain.errors import DomainError
from domain.money import Money
from domain.policy_terms import (
    DepositRules,
    Fixed,
    NoShowRules,
    Percent,
    Terms,
    WhenUnpaid,
    first_number,
    kind_of,
    text_hash,
    version_id,
)
from shared.events.outbox import read_events
from shared.http.caller import Caller
from tests.functional.appointments.calendar_model import (
    CalendarModel,
    ModelAppointment,
    ModelHold,
    ModelProposal,
    OccupiedTime,
)
from tests.functional.appointments.ledger_model import AMOUNT, DUE_WITHIN
from tests.support import artists, moto_items, relations, repeatable  # noqa: F401  # the profile

EXAMPLES, STEPS = 90, 45
ENOUGH = 2000
MONEY_CASES = {
    *("reminded", "released", "kept", "expired", "correct"),
    *("proof a deposit", "reject a deposit", "confirm a deposit", "waive a deposit"),
    *("refund a deposit", "pay a charge", "settle a charge", "waive a charge", "refund a charge"),
}
ENOUGH_MONEY_CASES = 9
ZONE = ZoneInfo("Europe/Vienna")
# The nights on which the clock goes forward and back.
NIGHTS = (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC))
OPEN = WeeklyHours(*[(OpeningWindow("08:00", "02:30"),)] * 7)
LIVE = (AppointmentStatus.PENDING, AppointmentStatus.CONFIRMED)
CORRECTABLE = (AppointmentStatus.COMPLETED, AppointmentStatus.NO_SHOW)
PLENTY = 900.0  # seconds that the sweeper has
# What the two sides record for a deposit: the use case, the state after it, and the request.
DEPOSIT_ACTIONS: dict[str, tuple[Callable[..., AppointmentView], str, Any]] = {
    "reject": (deposits.reject, "rejected", DepositNoteRequest()),
    "proof": (deposits.submit_proof, "proof_submitted", DepositProofRequest("Paid")),
    "confirm": (deposits.confirm, "confirmed", DepositNoteRequest()),
    "waive": (deposits.waive, "waived", WaiveDepositRequest("A regular")),
    "refund": (deposits.refund, "refunded", RefundDepositRequest()),
}
# What the artist records for a charge: the use case, and the request for an amount.
CHARGE_ACTIONS: dict[str, tuple[Callable[..., AppointmentView], Callable[[int | None], Any]]] = {
    "settle": (
        charges.settle,
        lambda amount: SettleChargeRequest("Agreed", amount, source=SettlementSource.DEPOSIT),
    ),
    "pay": (
        charges.settle,
        lambda amount: SettleChargeRequest("Agreed", amount, source=SettlementSource.PAYMENT),
    ),
    "waive": (charges.waive, lambda amount: ChargeRequest("Agreed", amount)),
    "refund": (charges.refund, lambda amount: ChargeRequest("Agreed", amount)),
}

Result = TypeVar("Result")
outcomes: Counter[tuple[str, str]] = Counter()  # how often each action had each outcome


class Studio(RuleBasedStateMachine):
    """An artist with two services, three clients, and a clock that only moves forward."""

    people = st.integers(0, 2)
    quarters = st.integers(-48, 64)  # quarters of an hour from midnight UTC of that night
    which = st.sampled_from(("short", "long", "secured", "secured"))
    picks = st.integers(0, 999)  # an existing record, mostly a fitting one
    permitted = st.sampled_from((True, True, True, False))  # whether the caller may act
    quotes = st.sampled_from((None, None, (0, 30), (7700, 105)))  # price in minor units, minutes

    @initialize(
        night=st.sampled_from(NIGHTS),
        hours_before=st.sampled_from((14, 30, 62)),
        keeps_unpaid_dates=st.booleans(),
    )
    def open(self, night: datetime, hours_before: int, keeps_unpaid_dates: bool) -> None:
        moto_items.clear("appointments")
        self.night = night
        self.model = CalendarModel(ZONE, night - timedelta(hours=hours_before))
        self.model.keeps_unpaid_dates = keeps_unpaid_dates
        self.artist = artists.artist(ZONE.key, OPEN)
        self.save_policies()
        self.clients = [artists.person() for _ in range(3)]
        for client in self.clients:
            relations.verify(client.user_id)
        self.changes = 0  # of blocks and books
        self.model.strangers = {client.user_id for client in self.clients}
        for person in (0, 1):
            self.contact(person)
        self.services = {
            "short": artists.service_of(
                self.artist,
                self.now,
                slot_interval_minutes=15,
                minimum_notice_minutes=0,
                buffer_after_minutes=15,
                daily_limit=3,
                weekly_limit=4,
                monthly_limit=5,
            ),
            "long": artists.service_of(
                self.artist,
                self.now,
                slot_interval_minutes=15,
                minimum_notice_minutes=120,
                booking_horizon_days=3,
                duration_minutes=150,
                buffer_before_minutes=30,
                buffer_after_minutes=45,
                mode=BookingMode.REQUEST,
            ),
            "secured": artists.service_of(
                self.artist,
                self.now,
                slot_interval_minutes=15,
                minimum_notice_minutes=0,
                deposit=Fixed(AMOUNT),
            ),
        }
        # What takes many steps to come up begins every sequence: a deposit that is asked for, and
        # a charge for a late move of a booking whose deposit is held.
        self.book(0, "secured", 36, "client", None)
        self.book(1, "secured", 44, "artist", None)
        self.confirm_deposits()
        self.move(list(self.model.appointments)[-1], 48, by_artist=False)
        # A hold that is booked: draws seldom meet its owner before it expires.
        self.hold(2, "short", 56)
        self.end_hold(0, permitted=True, booked=True)

    def save_policies(self) -> None:
        """Bind bookings to a short time to pay, and to a fee for a no-show."""
        when_unpaid = WhenUnpaid.KEEP if self.model.keeps_unpaid_dates else WhenUnpaid.RELEASE
        hours = DUE_WITHIN // timedelta(hours=1)
        for rules in (DepositRules(Percent(50), 48, hours, when_unpaid), NoShowRules(Percent(50))):
            kind, artist_id = kind_of(rules), self.artist.user_id
            number = first_number(kind, None)
            published_id = version_id(artist_id, None, kind, number)
            store.save_terms(
                Terms(artist_id, None, kind, number, published_id, text_hash(""), rules, self.now)
            )

    # ---- time ------------------------------------------------------------------------------

    @rule(
        seconds=st.sampled_from((1, 60, 599, 600, 601, 3600, 6 * 3600, 24 * 3600)),
        swept=st.sampled_from((True, True, False)),
    )
    def time_passes(self, seconds: int, swept: bool) -> None:
        self.model.now += timedelta(seconds=seconds)
        outcomes["time_passes", "done"] += 1
        if swept:
            due = self.model.list_due()
            done = self.attempt("sweep", lambda: due_work.sweep(self.now, lambda: PLENTY))
            assert done == len(due)
            for record in due:
                outcomes[self.model.process_due(record), "done"] += 1

    # ---- consent ---------------------------------------------------------------------------

    @rule(
        person=people,
        change=st.sampled_from(("contact", "block", "unblock", "unblock", "close", "open", "open")),
        by_artist=st.booleans(),
    )
    def change_consent(self, person: int, change: str, by_artist: bool) -> None:
        """Let a client contact the artist, one block the other, all reconcile, or books close."""
        outcomes[change, "done"] += 1
        client_id = self.clients[person].user_id
        match change:
            case "contact":
                self.contact(person)
            case "block" if (client_id, by_artist) not in self.model.blocks:
                self.toggle_block(client_id, by_artist)
            case "unblock":
                for block in list(self.model.blocks):
                    self.toggle_block(*block)
            case "close" | "open" if self.model.has_open_books is not (change == "open"):
                self.model.has_open_books = not self.model.has_open_books
                relations.set_books(
                    self.artist.user_id,
                    are_open=self.model.has_open_books,
                    version=self.next_change(),
                )

    def contact(self, person: int) -> None:
        client_id = self.clients[person].user_id
        if client_id in self.model.strangers:
            relations.introduce(self.artist.user_id, client_id)
            self.model.strangers.remove(client_id)

    def toggle_block(self, client_id: str, by_artist: bool) -> None:
        """Set a block, or remove it."""
        artist_id = self.artist.user_id
        relations.set_block(
            artist_id,
            client_id,
            artist_id if by_artist else client_id,
            blocked=(client_id, by_artist) not in self.model.blocks,
            version=self.next_change(),
        )
        self.model.blocks ^= {(client_id, by_artist)}

    # ---- holding and booking ---------------------------------------------------------------

    @rule(person=people, which=which, quarter=quarters)
    def hold(self, person: int, which: str, quarter: int) -> None:
        wanted = self.get_time(which, quarter)
        request = HoldRequest(wanted.service.id, wanted.starts_at)
        hold = self.attempt(
            "hold",
            lambda: hold_use_cases.create(self.clients[person], request, self.now),
            self.model.get_artist_refusal(self.clients[person].user_id)
            or self.model.get_refusal(wanted, by_artist=False),
        )
        if hold is not None:
            until = min(self.now + timedelta(minutes=10), wanted.starts_at)
            assert hold.expires_at == until
            self.model.holds[hold.id] = ModelHold(
                self.clients[person].user_id, wanted.with_expiry(until)
            )

    @precondition(lambda self: any(not hold.ended for hold in self.model.holds.values()))
    @rule(pick=picks, permitted=permitted, booked=st.sampled_from((True, True, False)))
    def end_hold(self, pick: int, permitted: bool, booked: bool) -> None:
        """Book or release a hold."""
        holds = self.model.holds
        hold_id = choose(pick, list(holds), [key for key, hold in holds.items() if not hold.ended])
        hold = holds[hold_id]
        who = self.get_client(hold.owner_id, permitted)
        refusal = self.model.get_hold_refusal(hold_id, who.user_id)
        if booked:
            refusal = self.model.get_artist_refusal(who.user_id) or refusal
            request = BookingRequest(hold_id)
            act = lambda: booking.book(who, request, self.now)  # noqa: E731
            self.record_booking(
                self.attempt("book a hold", act, refusal), hold.occupied.with_expiry(None), who
            )
        else:
            self.attempt("release", lambda: hold_use_cases.release(who, hold_id, self.now), refusal)
        hold.ended = hold.ended or refusal is None

    @rule(
        person=people,
        which=which,
        quarter=quarters,
        by=st.sampled_from(("client", "client", "client", "artist", "walk-in", "quoting client")),
        quote=quotes,
    )
    def book(
        self, person: int, which: str, quarter: int, by: str, quote: tuple[int, int] | None
    ) -> None:
        if by == "walk-in":
            self.walk_in(which, quote)
            return
        by_artist = by == "artist"
        if not by_artist:
            quote = (0, 30) if by == "quoting client" else None
        client, wanted = self.clients[person], self.get_time(which, quarter, quote)
        price, minutes = self.get_quoted(quote)
        request = BookingRequest(
            service_id=wanted.service.id,
            starts_at=wanted.starts_at,
            client_id=client.user_id if by_artist else None,
            price=price,
            duration_minutes=minutes,
        )
        refusal = self.model.get_refusal(wanted, by_artist=by_artist)
        if quote is not None and not by_artist:
            refusal = "invalid_fields"
        who = self.artist if by_artist else client
        consent = self.model.get_client_refusal if by_artist else self.model.get_artist_refusal
        view = self.attempt(
            f"book by {by}",
            lambda: booking.book(who, request, self.now),
            consent(client.user_id) or refusal,
        )
        if view is not None and quote is not None:
            outcomes["quote", "done"] += 1
        self.record_booking(view, wanted, client, by_artist=by_artist)

    def walk_in(self, which: str, quote: tuple[int, int] | None) -> None:
        service = self.get_service(which, quote)
        occupied = OccupiedTime(service, self.now.replace(second=0), timedelta())
        price, minutes = self.get_quoted(quote)
        request = WalkInRequest(service.id, name="Robin", price=price, duration_minutes=minutes)
        view = self.attempt(
            "walk in",
            lambda: booking.book_walk_in(self.artist, request, self.now),
            "slot_taken" if self.model.is_busy(occupied) else None,
        )
        self.record_booking(view, occupied, None, by_artist=True)

    # ---- changing --------------------------------------------------------------------------

    @precondition(lambda self: self.has_appointment(AppointmentStatus.PENDING))
    @rule(pick=picks, permitted=permitted, how=st.sampled_from(("confirm", "decline")))
    def answer(self, pick: int, permitted: bool, how: str) -> None:
        appointment_id = self.pick_appointment(pick, AppointmentStatus.PENDING)
        refusal = self.model.get_answer_refusal(appointment_id, by_artist=permitted)
        who = self.get_caller(appointment_id, by_artist=permitted)
        if how == "confirm":
            client_id = self.model.appointments[appointment_id].client_id
            refusal = refusal or self.model.get_block_refusal(client_id)
            act = lambda: lifecycle.confirm(who, appointment_id, self.now)  # noqa: E731
            new_status = AppointmentStatus.CONFIRMED
        else:
            request = DeclineAppointmentRequest("Ill.")
            act = lambda: lifecycle.decline(who, appointment_id, request, self.now)  # noqa: E731
            new_status = AppointmentStatus.DECLINED
        if self.attempt(how, act, refusal):
            self.model.appointments[appointment_id].change_status(new_status, new_status)

    @precondition(lambda self: self.has_appointment(AppointmentStatus.CONFIRMED))
    @rule(pick=picks, permitted=permitted, how=st.sampled_from(("complete", "no_show")))
    def conclude(self, pick: int, permitted: bool, how: str) -> None:
        appointment_id = self.pick_appointment(pick, AppointmentStatus.CONFIRMED, started=True)
        refusal = self.model.get_completion_refusal(appointment_id, by_artist=permitted)
        who = self.get_caller(appointment_id, by_artist=permitted)
        act, new_status = {
            "complete": (lifecycle.complete, AppointmentStatus.COMPLETED),
            "no_show": (lifecycle.report_no_show, AppointmentStatus.NO_SHOW),
        }[how]
        view = self.attempt(how, lambda: act(who, appointment_id, self.now), refusal)
        if view:
            appointment = self.model.appointments[appointment_id]
            appointment.change_status(new_status, new_status)
            for charge in view.charges[len(appointment.ledger.charges) :]:
                appointment.ledger.apply_cost(
                    how, forfeited=charge.deposit_forfeited, due=charge.due, settled=0
                )

    @precondition(lambda self: self.has_appointment(*LIVE))
    @rule(pick=picks, by_artist=st.booleans())
    def cancel(self, pick: int, by_artist: bool) -> None:
        appointment_id = self.pick_appointment(pick, *LIVE)
        refusal = self.model.get_change_refusal(appointment_id, by_artist)
        who = self.get_caller(appointment_id, by_artist)
        preview = self.attempt(
            "cancel", lambda: lifecycle.preview_cancellation(who, appointment_id, self.now), refusal
        )
        if preview is None:
            return

        def cancel(version: str | None) -> AppointmentView:
            return lifecycle.cancel(
                who, appointment_id, CancelAppointmentRequest(version=version), self.now
            )

        self.assert_charged_as_previewed(preview, cancel)
        appointment = self.model.appointments[appointment_id]
        appointment.change_status(AppointmentStatus.CANCELLED, "cancelled")
        self.apply_cost(appointment, "cancel", preview)
        self.model.pass_on_deposit(appointment)

    @precondition(lambda self: self.has_appointment(*LIVE))
    @rule(pick=picks, by_artist=st.booleans(), quarter=quarters)
    def reschedule(self, pick: int, by_artist: bool, quarter: int) -> None:
        self.move(self.pick_appointment(pick, *LIVE), quarter, by_artist=by_artist)

    def move(self, appointment_id: str, quarter: int, *, by_artist: bool) -> None:
        appointment = self.model.appointments[appointment_id]
        target = appointment.occupied.with_start(self.get_instant(quarter))
        refusal = self.model.get_change_refusal(
            appointment_id, by_artist
        ) or self.model.get_block_refusal(appointment.client_id)
        if refusal is None and target.starts_at == appointment.occupied.starts_at:
            refusal = "not_moved"
        refusal = refusal or self.model.get_refusal(
            target, by_artist=by_artist, without=appointment_id
        )
        who = self.get_caller(appointment_id, by_artist)
        request = RescheduleAppointmentRequest(target.starts_at)
        preview = self.attempt(
            "reschedule",
            lambda: lifecycle.preview_reschedule(who, appointment_id, request, self.now),
            refusal,
        )
        if preview is None:
            return

        def reschedule(version: str | None) -> AppointmentView:
            request = RescheduleAppointmentRequest(target.starts_at, version)
            return lifecycle.reschedule(who, appointment_id, request, self.now)

        self.assert_charged_as_previewed(preview, reschedule)
        appointment.move(target, self.now)
        self.apply_cost(appointment, "reschedule", preview)

    # ---- money -----------------------------------------------------------------------------

    @rule(
        pick=picks,
        permitted=permitted,
        amount=st.sampled_from((None, None, 2000)),
        what=st.sampled_from(("outcome", "charge", "deposit")),
    )
    def act_on_money(self, pick: int, permitted: bool, amount: int | None, what: str) -> None:
        """Correct an outcome, or act on a charge or a deposit; the first that there is."""
        if what == "outcome" and self.has_appointment(*CORRECTABLE):
            self.correct(pick, permitted)
        elif what != "deposit" and any(self.list_ledgers("charges")):
            self.act_on_charge(pick, permitted, amount)
        elif any(self.list_ledgers("state")):
            self.act_on_deposit(pick, permitted)

    def act_on_deposit(self, pick: int, permitted: bool) -> None:
        known = self.model.appointments
        tried = [f"{how} {key}" for key in known for how in DEPOSIT_ACTIONS]
        fitting = [each for each in tried if self.get_deposit_refusal(each, permitted=True) is None]
        chosen = choose(self.vary(pick), tried, fitting)
        how, _, appointment_id = chosen.partition(" ")
        act, state, request = DEPOSIT_ACTIONS[how]
        who = self.get_caller(appointment_id, by_artist=(how == "proof") is not permitted)
        if self.attempt(
            f"{how} a deposit",
            lambda: act(who, appointment_id, request, self.now),
            self.get_deposit_refusal(chosen, permitted=permitted),
        ):
            known[appointment_id].record_deposit(state, self.now)

    def confirm_deposits(self) -> None:
        """Confirm the deposits of the bookings that do not wait for them."""
        for appointment_id, appointment in self.model.appointments.items():
            if appointment.status is AppointmentStatus.CONFIRMED:
                deposits.confirm(self.artist, appointment_id, DepositNoteRequest(), self.now)
                appointment.record_deposit("confirmed", self.now)

    def get_deposit_refusal(self, chosen: str, *, permitted: bool) -> str | None:
        how, _, appointment_id = chosen.partition(" ")
        state = DEPOSIT_ACTIONS[how][1]
        return self.model.get_deposit_refusal(appointment_id, state, permitted=permitted)

    def act_on_charge(self, pick: int, permitted: bool, amount: int | None) -> None:
        known = self.model.appointments
        numbers = ("1", "2")
        tried = [f"{how} {n} {key}" for key in known for n in numbers for how in CHARGE_ACTIONS]
        fitting = [
            each for each in tried if self.get_charge_refusal(each, amount, by_artist=True) is None
        ]
        chosen = choose(self.vary(pick), tried, fitting)
        how, number, appointment_id = chosen.split(" ")
        act, create_request = CHARGE_ACTIONS[how]
        who = self.get_caller(appointment_id, by_artist=permitted)
        done = self.attempt(
            f"{how} a charge",
            lambda: act(who, appointment_id, number, create_request(amount), self.now),
            self.get_charge_refusal(chosen, amount, by_artist=permitted),
        )
        if done is not None:
            known[appointment_id].version += 1
            known[appointment_id].ledger.change_charge(int(number), how, amount)

    @precondition(lambda self: any(self.list_ledgers("charges")))
    @rule(pick=picks, how=st.sampled_from(("pay", "waive")))
    def pay_too_much(self, pick: int, how: str) -> None:
        """Pay or waive more of a charge than is open of it."""
        known = self.model.appointments
        charged = [key for key, each in known.items() if each.ledger.charges]
        appointment_id = charged[pick % len(charged)]
        act, create_request = CHARGE_ACTIONS[how]
        amount = known[appointment_id].ledger.charges[0].open + 1
        self.attempt(
            f"{how} a charge",
            lambda: act(self.artist, appointment_id, "1", create_request(amount), self.now),
            "not_due",
        )

    @precondition(lambda self: any(self.list_ledgers("charges")))
    @rule(pick=picks)
    def settle_all(self, pick: int) -> None:
        """Settle the whole of a charge, whether or not so much of the deposit is held."""
        known = self.model.appointments
        charged = [key for key, each in known.items() if each.ledger.charges]
        appointment_id = charged[pick % len(charged)]
        act, create_request = CHARGE_ACTIONS["settle"]
        done = self.attempt(
            "settle a charge",
            lambda: act(self.artist, appointment_id, "1", create_request(None), self.now),
            self.model.get_charge_refusal(appointment_id, True, 1, "settle", None),
        )
        if done is not None:
            known[appointment_id].version += 1
            known[appointment_id].ledger.change_charge(1, "settle", None)

    def get_charge_refusal(self, chosen: str, amount: int | None, *, by_artist: bool) -> str | None:
        how, number, appointment_id = chosen.split(" ")
        return self.model.get_charge_refusal(appointment_id, by_artist, int(number), how, amount)

    def correct(self, pick: int, permitted: bool) -> None:
        appointment_id = self.pick_appointment(pick, *CORRECTABLE, started=True)
        refusal = self.model.get_correction_refusal(appointment_id, by_artist=permitted)
        who = self.get_caller(appointment_id, by_artist=permitted)
        request = CorrectAppointmentRequest("Mixed up")
        if self.attempt(
            "correct", lambda: lifecycle.correct(who, appointment_id, request, self.now), refusal
        ):
            appointment = self.model.appointments[appointment_id]
            appointment.change_status(AppointmentStatus.CONFIRMED, "corrected")
            appointment.ledger.correct()

    # ---- projects --------------------------------------------------------------------------

    @rule(
        person=people,
        which=which,
        quarters=st.lists(quarters, min_size=1, max_size=3, unique=True),
        hours=st.sampled_from((1, 24, 72)),
        quote=quotes,
    )
    def propose(
        self,
        person: int,
        which: str,
        quarters: list[int],
        hours: int,
        quote: tuple[int, int] | None,
    ) -> None:
        """Propose sittings, the first of them as quoted."""
        ordered = sorted(quarters)
        sittings = [
            self.get_time(which, ordered[0], quote),
            *(self.get_time(which, quarter) for quarter in ordered[1:]),
        ]
        client = self.clients[person]
        price, minutes = self.get_quoted(quote)
        request = ProposalRequest(
            self.services[which].id,
            client.user_id,
            sittings=tuple(
                SittingToPropose(
                    sitting.starts_at,
                    price if sitting is sittings[0] else None,
                    minutes if sitting is sittings[0] else None,
                )
                for sitting in reversed(sittings)
            ),
            expires_in_hours=hours,
        )
        refusals = [self.model.get_refusal(sitting, by_artist=True) for sitting in sittings]
        refusal = next(filter(None, refusals), None)
        if any(first.overlaps(second) for first, second in pairwise(sittings)):
            refusal = "invalid_fields"
        refusal = self.model.get_client_refusal(client.user_id) or refusal
        view = self.attempt(
            "propose", lambda: proposals.send(self.artist, request, self.now), refusal
        )
        if view is not None:
            until = min(self.now + timedelta(hours=hours), sittings[0].starts_at)
            assert view.expires_at == until
            prices = [sitting.service.price.amount for sitting in sittings]
            assert [sitting.price.amount for sitting in view.sittings] == prices
            assert view.total.amount == sum(prices)
            reserved = [sitting.with_expiry(until) for sitting in sittings]
            entries = {f"{view.id}.{number}": sitting for number, sitting in enumerate(reserved, 1)}
            self.model.proposals[view.id] = ModelProposal(client.user_id, entries, until)

    @precondition(
        lambda self: any(proposal.status == "sent" for proposal in self.model.proposals.values())
    )
    @rule(
        pick=picks,
        by=st.sampled_from(("client", "client", "artist", "stranger")),
        how=st.sampled_from(("accept", "accept", "decline", "withdraw")),
    )
    def reply(self, pick: int, by: str, how: str) -> None:
        sent = [key for key, proposal in self.model.proposals.items() if proposal.status == "sent"]
        proposal_id = choose(pick, list(self.model.proposals), sent)
        proposal = self.model.proposals[proposal_id]
        refusal = self.model.get_reply_refusal(proposal_id, by, how)
        if how == "accept":
            refusal = refusal or self.model.get_block_refusal(proposal.client_id)
        who = self.artist if by == "artist" else self.get_client(proposal.client_id, by == "client")
        acts: dict[str, tuple[Callable[[Caller, str, datetime], ProposalView], str]] = {
            "accept": (_accept, "accepted"),
            "decline": (proposals.decline, "declined"),
            "withdraw": (proposals.withdraw, "withdrawn"),
        }
        act, new_status = acts[how]
        view = self.attempt(
            "decline a proposal" if how == "decline" else how,
            lambda: act(who, proposal_id, self.now),
            refusal,
        )
        if view is not None:
            proposal.change_status(new_status)
            sittings = list(proposal.sittings.values()) if how == "accept" else []
            for key, sitting in zip(view.appointment_ids, sittings, strict=True):
                self.model.appointments[key] = ModelAppointment(
                    proposal.client_id,
                    sitting.with_expiry(None),
                    AppointmentStatus.CONFIRMED,
                    proposal_id=proposal_id,
                )
            if sittings and asks_for_deposit(sittings):
                first = self.model.appointments[view.appointment_ids[0]]
                total = sum(sitting.service.price.amount for sitting in sittings)
                first.ledger.request(total, sittings[0].starts_at, self.now)

    # ---- invariants ------------------------------------------------------------------------

    @invariant()
    def table_matches_model(self) -> None:
        table = Table()
        self.assert_calendar_matches(table)
        self.assert_records_match(table)
        self.assert_money_matches(table)
        self.assert_projects_are_complete(table)
        self.assert_each_change_published_once(table)

    def assert_calendar_matches(self, table: "Table") -> None:
        live = [entry for entry in table.entries.values() if entry.is_live(self.now)]
        for first, second in combinations(live, 2):
            assert first.busy_until <= second.busy_from or second.busy_until <= first.busy_from
        assert {
            entry.id: (entry.busy_from, entry.starts_at, entry.ends_at, entry.busy_until)
            for entry in live
        } == {
            entry_id: (
                occupied.busy_from,
                occupied.starts_at,
                occupied.ends_at,
                occupied.busy_until,
            )
            for entry_id, occupied in self.model.list_live().items()
        }
        for entry_id, occupied in self.model.list_live().items():
            assert table.days_of[entry_id] == list_utc_days(occupied)
        # Expired entries are swept eventually; ended ones are removed immediately.
        assert table.entries.keys() - self.model.list_live() <= self.model.list_lapsed().keys()

    def assert_records_match(self, table: "Table") -> None:
        assert {
            record.id: (
                *(record.client_id, record.status, record.version, record.answer_by),
                *(record.starts_at, record.ends_at, record.price),
            )
            for record in table.appointments.values()
        } == {
            record_id: (
                *(record.client_id, record.status, record.version, record.answer_by),
                *(record.occupied.starts_at, record.occupied.ends_at),
                record.occupied.service.price,
            )
            for record_id, record in self.model.appointments.items()
        }
        assert {
            record.id: (record.status, record.version) for record in table.proposals.values()
        } == {
            record_id: (record.status, record.version)
            for record_id, record in self.model.proposals.items()
        }

    def assert_money_matches(self, table: "Table") -> None:
        for appointment_id, record in table.appointments.items():
            ledger, deposit = self.model.appointments[appointment_id].ledger, record.deposit
            balance = balances.compute(deposit, record.charges)
            assert balance == Balance(
                requested=ledger.requested,
                held=ledger.held,
                returned=ledger.returned,
                forfeited=ledger.forfeited,
                paid=ledger.paid,
                transferred=0,
                due=ledger.due,
            )
            # Nothing is made or lost.
            out = balance.returned + balance.forfeited + balance.paid + balance.transferred
            assert ledger.received == balance.held + out
            open_amounts = [balances.get_open_amount(charge) for charge in record.charges]
            assert open_amounts == [charge.open for charge in ledger.charges]
            assert (deposit is None) is (ledger.state is None)
            if deposit is not None:
                found = (deposit.entries[-1].state, deposit.due_at, deposit.remind_at)
                assert found == (ledger.state, ledger.due_at, ledger.remind_at)

    def assert_projects_are_complete(self, table: "Table") -> None:
        sittings: defaultdict[str, list[ProjectSitting]] = defaultdict(list)
        for appointment in table.appointments.values():
            if appointment.project is not None and appointment.project.proposal_id is not None:
                sittings[appointment.project.proposal_id].append(appointment.project)
        accepted = {
            proposal_id: len(proposal.sittings)
            for proposal_id, proposal in self.model.proposals.items()
            if proposal.status == "accepted"
        }
        assert {
            proposal_id: sorted(project.sitting for project in projects)
            for proposal_id, projects in sittings.items()
        } == {proposal_id: list(range(1, number + 1)) for proposal_id, number in accepted.items()}

    def assert_each_change_published_once(self, table: "Table") -> None:
        records: dict[str, ModelAppointment | ModelProposal] = {
            **self.model.appointments,
            **self.model.proposals,
        }
        assert table.published == {
            record_id: record.published for record_id, record in records.items()
        }

    # ---- helpers ---------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        return self.model.now

    def next_change(self) -> int:
        """Return the version of the next change of a block or of the books."""
        self.changes += 1
        return self.changes

    def get_instant(self, quarter: int) -> datetime:
        return self.night + timedelta(minutes=15 * quarter)

    def get_service(self, which: str, quote: tuple[int, int] | None) -> Service:
        """Return a service at the price and length of a quote, if there is one."""
        service = self.services[which]
        price, minutes = self.get_quoted(quote)
        return msgspec.structs.replace(
            service,
            price=price or service.price,
            duration_minutes=minutes or service.duration_minutes,
        )

    def get_quoted(self, quote: tuple[int, int] | None) -> tuple[Money | None, int | None]:
        return (Money(quote[0], "EUR"), quote[1]) if quote else (None, None)

    def get_time(
        self, which: str, quarter: int, quote: tuple[int, int] | None = None
    ) -> OccupiedTime:
        service = self.get_service(which, quote)
        before = timedelta(minutes=service.buffer_before_minutes)
        return OccupiedTime(service, self.get_instant(quarter), before)

    def has_appointment(self, *statuses: AppointmentStatus) -> bool:
        """Return whether there is an appointment in one of these statuses."""
        return any(record.status in statuses for record in self.model.appointments.values())

    def vary(self, pick: int) -> int:
        """Return another pick after each change, so that the same draw leads to other actions."""
        return pick + sum(each.version for each in self.model.appointments.values())

    def list_ledgers(self, attribute: str) -> list[Any]:
        """Return an attribute of the money of each appointment."""
        return [getattr(each.ledger, attribute) for each in self.model.appointments.values()]

    def pick_appointment(
        self, pick: int, *statuses: AppointmentStatus, started: bool = False
    ) -> str:
        """Pick an appointment, mostly in one of these statuses and (not) started."""
        known = self.model.appointments
        fitting = [
            key
            for key, record in known.items()
            if record.status in statuses and (record.occupied.starts_at <= self.now) is started
        ]
        return choose(pick, list(known), fitting)

    def get_caller(self, appointment_id: str, by_artist: bool) -> Caller:
        """Return the artist or the client; for a walk-in without an account, any client."""
        client_id = self.model.appointments[appointment_id].client_id
        return self.artist if by_artist else self.get_client(client_id, client_id is not None)

    def get_client(self, client_id: str | None, permitted: bool) -> Caller:
        """Return the client with this id, or, if not permitted, another one."""
        return next(caller for caller in self.clients if (caller.user_id == client_id) is permitted)

    def attempt(
        self, what: str, act: Callable[[], Result], refusal: str | None = None
    ) -> Result | None:
        """Return the result of the act, or None after asserting the expected refusal."""
        outcomes[what, refusal or "done"] += 1
        if refusal is None:
            return act()
        with pytest.raises(DomainError) as caught:
            act()
        assert caught.value.code == refusal
        return None

    def assert_charged_as_previewed(
        self, preview: CostPreview, act: Callable[[str | None], AppointmentView]
    ) -> None:
        """Assert that a cost needs its preview and is charged as previewed."""
        costs = preview.due.amount + preview.deposit_forfeited.amount
        if costs:
            self.attempt("unseen cost", lambda: act(None), "preview_required")
        view = act(preview.version)
        if costs:
            outcomes["cost", "done"] += 1
            charge = view.charges[-1]
            assert (charge.fee, charge.due) == (preview.fee.amount, preview.due.amount)
            assert charge.deposit_forfeited == preview.deposit_forfeited.amount
            assert (charge.explanation, charge.at) == (preview.explanation, self.now)

    def record_booking(
        self,
        view: AppointmentView | None,
        occupied: OccupiedTime,
        client: Caller | None,
        *,
        by_artist: bool = False,
    ) -> None:
        """Add the booking to the model, if there is one."""
        if view is None:
            return
        is_secured = client is not None and asks_for_deposit([occupied])
        is_direct = occupied.service.mode is BookingMode.DIRECT and not is_secured
        at_once = by_artist or is_direct
        latest = min(self.now + timedelta(hours=72), occupied.starts_at)
        self.model.appointments[view.id] = ModelAppointment(
            client_id=client.user_id if client else None,
            occupied=occupied,
            status=AppointmentStatus.CONFIRMED if at_once else AppointmentStatus.PENDING,
            answer_by=None if at_once else latest,
        )
        if is_secured:
            ledger = self.model.appointments[view.id].ledger
            ledger.request(occupied.service.price.amount, occupied.starts_at, self.now)

    def apply_cost(self, appointment: ModelAppointment, action: str, preview: CostPreview) -> None:
        """Apply the previewed cost of a change to the model."""
        appointment.ledger.apply_cost(
            action,
            forfeited=preview.deposit_forfeited.amount,
            due=preview.due.amount,
            settled=preview.charges_settled.amount,
        )


def _accept(caller: Caller, proposal_id: str, now: datetime) -> ProposalView:
    return proposals.accept(caller, proposal_id, AcceptProposalRequest(), now)


def asks_for_deposit(sittings: list[OccupiedTime]) -> bool:
    """Return whether a deposit is asked for: there is none for what costs nothing."""
    total = sum(sitting.service.price.amount for sitting in sittings)
    return sittings[0].service.deposit is not None and total > 0


def choose(pick: int, known: list[str], fitting: list[str]) -> str:
    """Choose mostly from the fitting ids, if there are any."""
    pool = fitting if fitting and pick % 5 else known
    return pool[pick % len(pool)]


class Table:
    """Everything the table holds, decoded."""

    def __init__(self) -> None:
        self.entries: dict[str, CalendarEntry] = {}
        self.days_of: defaultdict[str, set[date]] = defaultdict(set)
        self.appointments: dict[str, Appointment] = {}
        self.proposals: dict[str, Proposal] = {}
        self.published: defaultdict[str, Counter[tuple[str, int]]] = defaultdict(Counter)
        for item in moto_items.items("appointments"):
            self._add(item["pk"].partition("#")[0], item)

    def _add(self, kind: str, item: dict[str, str]) -> None:
        if kind == "APPOINTMENT":
            appointment = msgspec.json.decode(item["record"], type=Appointment)
            self.appointments[appointment.id] = appointment
        elif kind == "PROPOSAL":
            proposal = msgspec.json.decode(item["record"], type=Proposal)
            self.proposals[proposal.id] = proposal
        elif kind == "OUTBOX":
            for event in read_events({name: {"S": value} for name, value in item.items()}):
                # What can be booked, and relations, are about no record of the model.
                if not event.type.startswith(
                    ("service.", "availability.", "next_free.", "relation.")
                ):
                    self.published[event.subject][event.type, event.data["recordVersion"]] += 1
        elif item["sk"].startswith("DAY#"):
            day = date.fromisoformat(item["sk"].removeprefix("DAY#"))
            artist_id = item["pk"].removeprefix("CALENDAR#")
            typed = {name: {"S": value, "N": value} for name, value in item.items()}
            for entry in decode_day(artist_id, typed).entries:
                assert self.entries.get(entry.id, entry) == entry
                self.entries[entry.id] = entry
                self.days_of[entry.id].add(day)


def list_utc_days(occupied: OccupiedTime) -> set[date]:
    """Return the UTC days it touches: at most two, as nothing here takes a day."""
    return {occupied.busy_from.date(), (occupied.busy_until - timedelta(seconds=1)).date()}


def test_any_sequence_of_actions_keeps_the_calendar_consistent(aws: None) -> None:
    outcomes.clear()
    run_state_machine_as_test(
        Studio, settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS)
    )
    assert outcomes.total() >= ENOUGH
    # Every case was exercised.
    assert {what for what, how in outcomes if how == "done"} >= {
        *("time_passes", "sweep", "hold", "book a hold", "book by client", "book by artist"),
        *("walk in", "confirm", "cancel", "reschedule", "cost", "propose", "accept"),
        "quote",
    }
    # Of deadlines, deposits, charges and corrections, nearly every case was.
    done = {what for what, how in outcomes if how == "done"}
    assert len(done & MONEY_CASES) >= ENOUGH_MONEY_CASES
    assert {code for _, code in outcomes} >= {
        *("slot_taken", "slot_unavailable", "hold_expired", "wrong_status", "preview_required"),
        *("wrong_deposit_state", "not_held", "not_due"),
        *("blocked", "no_relation", "books_closed"),
    }
