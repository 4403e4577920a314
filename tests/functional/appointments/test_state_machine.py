"""Whatever artists, clients and time do, in whatever order: the calendar stays in order.

Hypothesis plays them all, around a night on which the clock is changed, and after each step
compares everything that the table holds with a model.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, pairwise
from typing import TypeVar
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

from appointments.models import (
    Appointment,
    AppointmentStatus,
    BookingMode,
    CalendarDay,
    CalendarEntry,
    OpeningWindow,
    ProjectSitting,
    Proposal,
    WeeklyHours,
)
from appointments.rules import agreements
from appointments.schemas import (
    AppointmentView,
    BookingRequest,
    CancelAppointmentRequest,
    CostPreview,
    DeclineAppointmentRequest,
    HoldRequest,
    ProposalRequest,
    RescheduleAppointmentRequest,
    WalkInRequest,
)
from appointments.use_cases import booking, due_work, lifecycle, proposals
from appointments.use_cases import holds as hold_use_cases
from domain.errors import DomainError
from shared.events.domain_events import DomainEvent
from shared.http.caller import Caller
from tests.functional.appointments.modelled import Booked, Held, Model, Proposed, Taken
from tests.support import artists, moto_items, repeatable  # noqa: F401  # the profile

EXAMPLES, STEPS = 80, 45
ENOUGH = 2000
ZONE = ZoneInfo("Europe/Vienna")
# The nights on which its clock goes forward, and back.
NIGHTS = (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC))
OPEN = WeeklyHours(*[(OpeningWindow("08:00", "02:30"),)] * 7)
LIVE = (AppointmentStatus.PENDING, AppointmentStatus.CONFIRMED)
PLENTY = 900.0  # seconds that the sweeper has

Done = TypeVar("Done")
tried: Counter[tuple[str, str]] = Counter()  # how often what ended how


class Studio(RuleBasedStateMachine):
    """An artist with two services, three clients, and a clock that only goes forward."""

    people = st.integers(0, 2)
    quarters = st.integers(-48, 64)  # of an hour, from the midnight (UTC) of that night
    which = st.sampled_from(("short", "long"))
    picks = st.integers(0, 999)  # one of what is there, mostly one that fits
    rightly = st.sampled_from((True, True, True, False))  # by whom it may be done, or not

    @initialize(night=st.sampled_from(NIGHTS), hours_before=st.sampled_from((14, 30, 62)))
    def open(self, night: datetime, hours_before: int) -> None:
        moto_items.clear("appointments")
        self.night = night
        self.model = Model(ZONE, night - timedelta(hours=hours_before))
        self.artist = artists.artist(ZONE.key, OPEN)
        self.clients = [artists.person() for _ in range(3)]
        self.services = {
            "short": artists.service_of(
                self.artist,
                self.now,
                slot_interval_minutes=15,
                minimum_notice_minutes=0,
                buffer_after_minutes=15,
                daily_limit=3,
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
        }

    # ---- time ------------------------------------------------------------------------------

    @rule(
        seconds=st.sampled_from((1, 60, 599, 600, 601, 3600, 6 * 3600, 24 * 3600)),
        swept=st.booleans(),
    )
    def time_passes(self, seconds: int, swept: bool) -> None:
        self.model.now += timedelta(seconds=seconds)
        tried["time_passes", "done"] += 1
        if swept:
            due = self.model.due()
            done = self.tries("sweep", lambda: due_work.sweep(self.now, lambda: PLENTY))
            assert done == len(due)
            for record in due:
                record.expires()

    # ---- holding and booking ---------------------------------------------------------------

    @rule(person=people, which=which, quarter=quarters)
    def hold(self, person: int, which: str, quarter: int) -> None:
        wanted = self.wanted(which, quarter)
        request = HoldRequest(wanted.service.id, wanted.starts_at)
        hold = self.tries(
            "hold",
            lambda: hold_use_cases.create(self.clients[person], request, self.now),
            self.model.refusal(wanted, by_artist=False),
        )
        if hold is not None:
            until = min(self.now + hold_use_cases.HOLD_DURATION, wanted.starts_at)
            assert hold.expires_at == until
            self.model.holds[hold.id] = Held(self.clients[person].user_id, wanted.kept_until(until))

    @precondition(lambda self: any(not hold.ended for hold in self.model.holds.values()))
    @rule(pick=picks, rightly=rightly, booked=st.sampled_from((True, True, False)))
    def end_a_hold(self, pick: int, rightly: bool, booked: bool) -> None:
        """Book it, or release it."""
        holds = self.model.holds
        hold_id = picked(pick, list(holds), [key for key, hold in holds.items() if not hold.ended])
        hold = holds[hold_id]
        who = self.client(hold.owner_id, rightly)
        refusal = self.model.refusal_of_hold(hold_id, who.user_id)
        if booked:
            request = BookingRequest(hold_id)
            act = lambda: booking.book(who, request, self.now)  # noqa: E731
            self.added(self.tries("book a hold", act, refusal), hold.taken.kept_until(None), who)
        else:
            self.tries("release", lambda: hold_use_cases.release(who, hold_id, self.now), refusal)
        hold.ended = hold.ended or refusal is None

    @rule(
        person=people,
        which=which,
        quarter=quarters,
        by=st.sampled_from(("client", "client", "artist", "walk-in")),
    )
    def book(self, person: int, which: str, quarter: int, by: str) -> None:
        if by == "walk-in":
            self.walk_in(which)
            return
        client, wanted = self.clients[person], self.wanted(which, quarter)
        by_artist = by == "artist"
        request = BookingRequest(
            service_id=wanted.service.id,
            starts_at=wanted.starts_at,
            client_id=client.user_id if by_artist else None,
        )
        who = self.artist if by_artist else client
        view = self.tries(
            f"book by {by}",
            lambda: booking.book(who, request, self.now),
            self.model.refusal(wanted, by_artist=by_artist),
        )
        self.added(view, wanted, client, by_artist=by_artist)

    def walk_in(self, which: str) -> None:
        service = self.services[which]
        taken = Taken(service, self.now.replace(second=0), timedelta())
        request = WalkInRequest(service.id, name="Robin")
        view = self.tries(
            "walk in",
            lambda: booking.book_walk_in(self.artist, request, self.now),
            "slot_taken" if self.model.is_busy(taken) else None,
        )
        self.added(view, taken, None, by_artist=True)

    # ---- changing --------------------------------------------------------------------------

    @precondition(lambda self: self.has(AppointmentStatus.PENDING))
    @rule(pick=picks, rightly=rightly, how=st.sampled_from(("confirm", "decline")))
    def answer(self, pick: int, rightly: bool, how: str) -> None:
        appointment_id = self.an_appointment(pick, AppointmentStatus.PENDING)
        refusal = self.model.refusal_of_answer(appointment_id, by_artist=rightly)
        who = self.who(appointment_id, by_artist=rightly)
        if how == "confirm":
            act = lambda: lifecycle.confirm(who, appointment_id, self.now)  # noqa: E731
            becomes = AppointmentStatus.CONFIRMED
        else:
            request = DeclineAppointmentRequest("Ill.")
            act = lambda: lifecycle.decline(who, appointment_id, request, self.now)  # noqa: E731
            becomes = AppointmentStatus.DECLINED
        if self.tries(how, act, refusal):
            self.model.appointments[appointment_id].becomes(becomes, becomes)

    @precondition(lambda self: self.has(AppointmentStatus.CONFIRMED))
    @rule(pick=picks, rightly=rightly, how=st.sampled_from(("complete", "no_show")))
    def conclude(self, pick: int, rightly: bool, how: str) -> None:
        appointment_id = self.an_appointment(pick, AppointmentStatus.CONFIRMED, started=True)
        refusal = self.model.refusal_of_end(appointment_id, by_artist=rightly)
        who = self.who(appointment_id, by_artist=rightly)
        act, becomes = {
            "complete": (lifecycle.complete, AppointmentStatus.COMPLETED),
            "no_show": (lifecycle.report_no_show, AppointmentStatus.NO_SHOW),
        }[how]
        if self.tries(how, lambda: act(who, appointment_id, self.now), refusal):
            self.model.appointments[appointment_id].becomes(becomes, becomes)

    @precondition(lambda self: self.has(*LIVE))
    @rule(pick=picks, by_artist=st.booleans())
    def cancel(self, pick: int, by_artist: bool) -> None:
        appointment_id = self.an_appointment(pick, *LIVE)
        refusal = self.model.refusal_of_change(appointment_id, by_artist)
        who = self.who(appointment_id, by_artist)
        preview = self.tries(
            "cancel", lambda: lifecycle.preview_cancellation(who, appointment_id, self.now), refusal
        )
        if preview is None:
            return

        def cancel(version: str | None) -> AppointmentView:
            return lifecycle.cancel(
                who, appointment_id, CancelAppointmentRequest(version=version), self.now
            )

        self.is_charged_as_shown(preview, cancel)
        self.model.appointments[appointment_id].becomes(AppointmentStatus.CANCELLED, "cancelled")

    @precondition(lambda self: self.has(*LIVE))
    @rule(pick=picks, by_artist=st.booleans(), quarter=quarters)
    def reschedule(self, pick: int, by_artist: bool, quarter: int) -> None:
        appointment_id = self.an_appointment(pick, *LIVE)
        appointment = self.model.appointments[appointment_id]
        target = appointment.taken.moved_to(self.instant(quarter))
        refusal = self.model.refusal_of_change(appointment_id, by_artist)
        if refusal is None and target.starts_at == appointment.taken.starts_at:
            refusal = "not_moved"
        refusal = refusal or self.model.refusal(target, by_artist=by_artist, without=appointment_id)
        who = self.who(appointment_id, by_artist)
        request = RescheduleAppointmentRequest(target.starts_at)
        preview = self.tries(
            "reschedule",
            lambda: lifecycle.preview_reschedule(who, appointment_id, request, self.now),
            refusal,
        )
        if preview is None:
            return

        def reschedule(version: str | None) -> AppointmentView:
            request = RescheduleAppointmentRequest(target.starts_at, version)
            return lifecycle.reschedule(who, appointment_id, request, self.now)

        self.is_charged_as_shown(preview, reschedule)
        appointment.moves_to(target)

    # ---- projects --------------------------------------------------------------------------

    @rule(
        person=people,
        which=which,
        quarters=st.lists(quarters, min_size=1, max_size=3, unique=True),
        hours=st.sampled_from((1, 24, 72)),
    )
    def propose(self, person: int, which: str, quarters: list[int], hours: int) -> None:
        sittings = [self.wanted(which, quarter) for quarter in sorted(quarters)]
        client = self.clients[person]
        request = ProposalRequest(
            self.services[which].id,
            client.user_id,
            tuple(sitting.starts_at for sitting in reversed(sittings)),
            expires_in_hours=hours,
        )
        refusals = [self.model.refusal(sitting, by_artist=True) for sitting in sittings]
        refusal = next(filter(None, refusals), None)
        if any(one.overlaps(other) for one, other in pairwise(sittings)):
            refusal = "invalid_fields"
        view = self.tries(
            "propose", lambda: proposals.send(self.artist, request, self.now), refusal
        )
        if view is not None:
            until = min(self.now + timedelta(hours=hours), sittings[0].starts_at)
            assert view.expires_at == until
            kept = [sitting.kept_until(until) for sitting in sittings]
            entries = {f"{view.id}.{number}": sitting for number, sitting in enumerate(kept, 1)}
            self.model.proposals[view.id] = Proposed(client.user_id, entries, until)

    @precondition(lambda self: any(one.status == "sent" for one in self.model.proposals.values()))
    @rule(
        pick=picks,
        by=st.sampled_from(("client", "client", "artist", "stranger")),
        how=st.sampled_from(("accept", "accept", "decline", "withdraw")),
    )
    def reply(self, pick: int, by: str, how: str) -> None:
        sent = [key for key, one in self.model.proposals.items() if one.status == "sent"]
        proposal_id = picked(pick, list(self.model.proposals), sent)
        proposal = self.model.proposals[proposal_id]
        refusal = self.model.refusal_of_reply(proposal_id, by, how)
        who = self.artist if by == "artist" else self.client(proposal.client_id, by == "client")
        act, becomes = {
            "accept": (proposals.accept, "accepted"),
            "decline": (proposals.decline, "declined"),
            "withdraw": (proposals.withdraw, "withdrawn"),
        }[how]
        view = self.tries(
            "decline a proposal" if how == "decline" else how,
            lambda: act(who, proposal_id, self.now),
            refusal,
        )
        if view is not None:
            proposal.becomes(becomes)
            sittings = list(proposal.sittings.values()) if how == "accept" else []
            for key, sitting in zip(view.appointment_ids, sittings, strict=True):
                self.model.appointments[key] = Booked(
                    proposal.client_id,
                    sitting.kept_until(None),
                    AppointmentStatus.CONFIRMED,
                    proposal_id=proposal_id,
                )

    # ---- what always holds -----------------------------------------------------------------

    @invariant()
    def the_table_is_as_the_model_says(self) -> None:
        table = Table()
        self.the_calendar_is_right(table)
        self.the_records_are_right(table)
        self.no_sitting_is_alone(table)
        self.each_change_was_told_once(table)

    def the_calendar_is_right(self, table: "Table") -> None:
        live = [entry for entry in table.entries.values() if entry.is_live(self.now)]
        for one, other in combinations(live, 2):
            assert one.busy_until <= other.busy_from or other.busy_until <= one.busy_from
        assert {
            entry.id: (entry.busy_from, entry.starts_at, entry.ends_at, entry.busy_until)
            for entry in live
        } == {
            entry_id: (taken.busy_from, taken.starts_at, taken.ends_at, taken.busy_until)
            for entry_id, taken in self.model.live().items()
        }
        for entry_id, taken in self.model.live().items():
            assert table.days_of[entry_id] == utc_days(taken)
        # What has lapsed is swept out by and by, and what was ended is gone at once.
        assert table.entries.keys() - self.model.live() <= self.model.lapsed().keys()

    def the_records_are_right(self, table: "Table") -> None:
        assert {
            record.id: (
                *(record.client_id, record.status, record.version, record.answer_by),
                *(record.starts_at, record.ends_at),
            )
            for record in table.appointments.values()
        } == {
            record_id: (
                *(record.client_id, record.status, record.version, record.answer_by),
                *(record.taken.starts_at, record.taken.ends_at),
            )
            for record_id, record in self.model.appointments.items()
        }
        assert {
            record.id: (record.status, record.version) for record in table.proposals.values()
        } == {
            record_id: (record.status, record.version)
            for record_id, record in self.model.proposals.items()
        }

    def no_sitting_is_alone(self, table: "Table") -> None:
        sittings: defaultdict[str, list[ProjectSitting]] = defaultdict(list)
        for appointment in table.appointments.values():
            if appointment.project is not None:
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

    def each_change_was_told_once(self, table: "Table") -> None:
        told: dict[str, Booked | Proposed] = {**self.model.appointments, **self.model.proposals}
        assert table.told == {record_id: record.told for record_id, record in told.items()}

    # ---- within ----------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        return self.model.now

    def instant(self, quarter: int) -> datetime:
        return self.night + timedelta(minutes=15 * quarter)

    def wanted(self, which: str, quarter: int) -> Taken:
        service = self.services[which]
        before = timedelta(minutes=service.buffer_before_minutes)
        return Taken(service, self.instant(quarter), before)

    def has(self, *statuses: AppointmentStatus) -> bool:
        """Whether there is an appointment in one of these statuses."""
        return any(one.status in statuses for one in self.model.appointments.values())

    def an_appointment(self, pick: int, *statuses: AppointmentStatus, started: bool = False) -> str:
        """Mostly one in these statuses; and one that has started, or that has not."""
        known = self.model.appointments
        fitting = [
            key
            for key, one in known.items()
            if one.status in statuses and (one.taken.starts_at <= self.now) is started
        ]
        return picked(pick, list(known), fitting)

    def who(self, appointment_id: str, by_artist: bool) -> Caller:
        """The artist, or its client; of a walk-in without account somebody else."""
        client_id = self.model.appointments[appointment_id].client_id
        return self.artist if by_artist else self.client(client_id, client_id is not None)

    def client(self, client_id: str | None, rightly: bool) -> Caller:
        """The client with this id, or one with another."""
        return next(one for one in self.clients if (one.user_id == client_id) is rightly)

    def tries(self, what: str, act: Callable[[], Done], refusal: str | None = None) -> Done | None:
        """What the act returns; None where it must be refused, which it then is."""
        tried[what, refusal or "done"] += 1
        if refusal is None:
            return act()
        with pytest.raises(DomainError) as caught:
            act()
        assert caught.value.code == refusal
        return None

    def is_charged_as_shown(
        self, preview: CostPreview, act: Callable[[str | None], AppointmentView]
    ) -> None:
        """What costs something needs its preview, and costs what that said."""
        costs = preview.due.amount + preview.deposit_forfeited.amount
        if costs:
            self.tries("unseen cost", lambda: act(None), "preview_required")
        view = act(preview.version)
        if costs:
            tried["cost", "done"] += 1
            charge = view.charges[-1]
            assert (charge.fee, charge.due) == (preview.fee.amount, preview.due.amount)
            assert charge.deposit_forfeited == preview.deposit_forfeited.amount
            assert (charge.explanation, charge.at) == (preview.explanation, self.now)

    def added(
        self,
        view: AppointmentView | None,
        taken: Taken,
        client: Caller | None,
        *,
        by_artist: bool = False,
    ) -> None:
        """Note what was booked, if it was."""
        if view is None:
            return
        at_once = by_artist or taken.service.mode is BookingMode.DIRECT
        latest = min(self.now + agreements.ANSWER_WITHIN, taken.starts_at)
        self.model.appointments[view.id] = Booked(
            client_id=client.user_id if client else None,
            taken=taken,
            status=AppointmentStatus.CONFIRMED if at_once else AppointmentStatus.PENDING,
            answer_by=None if at_once else latest,
        )


def picked(pick: int, known: list[str], fitting: list[str]) -> str:
    """One of those that fit, mostly and where there is one."""
    pool = fitting if fitting and pick % 5 else known
    return pool[pick % len(pool)]


class Table:
    """All that the table holds, decoded."""

    def __init__(self) -> None:
        self.entries: dict[str, CalendarEntry] = {}
        self.days_of: defaultdict[str, set[date]] = defaultdict(set)
        self.appointments: dict[str, Appointment] = {}
        self.proposals: dict[str, Proposal] = {}
        self.told: defaultdict[str, Counter[tuple[str, int]]] = defaultdict(Counter)
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
            fact = msgspec.json.decode(item["event"], type=DomainEvent)
            if not fact.type.startswith("service."):
                self.told[fact.subject][fact.type, fact.data["recordVersion"]] += 1
        elif item["sk"].startswith("DAY#"):
            day = date.fromisoformat(item["sk"].removeprefix("DAY#"))
            for entry in msgspec.json.decode(item["record"], type=CalendarDay).entries:
                assert self.entries.get(entry.id, entry) == entry
                self.entries[entry.id] = entry
                self.days_of[entry.id].add(day)


def utc_days(taken: Taken) -> set[date]:
    """The UTC days that it touches: no more than two, as nothing here takes a day."""
    return {taken.busy_from.date(), (taken.busy_until - timedelta(seconds=1)).date()}


def test_whatever_happens_the_calendar_stays_in_order(aws: None) -> None:
    tried.clear()
    run_state_machine_as_test(
        Studio, settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS)
    )
    assert tried.total() >= ENOUGH
    # Nothing of this holds merely because it never happened.
    assert {what for what, how in tried if how == "done"} >= {
        *("time_passes", "sweep", "hold", "book a hold", "book by client", "book by artist"),
        *("walk in", "confirm", "cancel", "reschedule", "cost", "propose", "accept"),
    }
    assert {code for _, code in tried} >= {
        *("slot_taken", "slot_unavailable", "hold_expired", "wrong_status", "preview_required"),
    }
