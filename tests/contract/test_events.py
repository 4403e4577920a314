"""Contracts of events/domain/, checked against producers and consumers."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from appointments import events as appointments
from auth import events as auth
from consultations import events as consultations
from files import events as files
from infra import event_schemas, features
from infra.paths import EVENTS
from messaging import events as messaging
from notifications import events as notifications
from policies import events as policies
from profiles import events as profiles
from quick_actions import events as quick_actions
from shared.data import exports
from social import events as social

# What each consumer reads of an event, as its own struct.
CONSUMERS: dict[str, list[Any]] = {
    "user.verified": [
        social.UserVerified,
        appointments.UserVerified,
        consultations.UserVerified,
        messaging.UserVerified,
        notifications.UserVerified,
        profiles.UserVerified,
        quick_actions.UserVerified,
    ],
    "user.deleted": [
        messaging.UserDeleted,
        notifications.UserDeleted,
        policies.UserDeleted,
        appointments.UserDeleted,
        consultations.UserDeleted,
        files.UserDeleted,
        profiles.UserDeleted,
        quick_actions.UserDeleted,
    ],
    "user.banned": [profiles.AccountChanged],
    "user.unbanned": [profiles.AccountChanged],
    "user.role_changed": [profiles.AccountChanged],
    "session.ended": [messaging.SessionEnded],
    "export.requested": [exports.ExportRequested],
    "export.downloaded": [auth.ExportDownloaded],
    "export.ready": [notifications.ExportReady],
    "user.signed_in_from_new_device": [notifications.SignedInFromNewDevice],
    "user.verification_requested": [notifications.VerificationRequested],
    "user.sign_in_code_requested": [notifications.SignInCodeRequested],
    "user.password_reset_requested": [notifications.PasswordResetRequested],
    "user.assistant_invited": [notifications.AssistantInvited],
    "user.assistant_added": [notifications.AssistantAdded],
    "user.password_changed": [notifications.SignInWayChanged],
    "user.mfa_enabled": [notifications.SignInWayChanged],
    "user.mfa_disabled": [notifications.SignInWayChanged],
    "user.passkey_added": [notifications.SignInWayChanged],
    "user.passkey_removed": [notifications.SignInWayChanged],
    "user.identity_linked": [notifications.IdentityChanged],
    "user.identity_unlinked": [notifications.IdentityChanged],
    "user.recovery_code_used": [notifications.SignInWayChanged],
    "user.recovery_codes_replaced": [notifications.SignInWayChanged],
    "user.email_change_requested": [notifications.EmailChangeRequested],
    "user.email_changed": [notifications.EmailChanged],
    "user.profile.updated": [
        social.ProfileUpdated,
        appointments.ProfileUpdated,
        messaging.ProfileUpdated,
        notifications.ProfileUpdated,
        auth.ProfileUpdated,
        consultations.ProfileUpdated,
        files.ProfileUpdated,
        quick_actions.ProfileUpdated,
    ],
    "message.created": [
        notifications.MessageCreated,
        consultations.MessageCreated,
        files.MessageCreated,
    ],
    "message.deleted": [files.MessageDeleted],
    "message.link_posted": [messaging.LinkPosted],
    "message.hidden": [files.MessageDecision],
    "message.shown": [files.MessageDecision],
    "report.submitted": [messaging.ReportSubmitted],
    "report.decided": [auth.ReportDecided, notifications.ReportDecided, profiles.ReportDecided],
    "report.reversed": [auth.ReportReversed, profiles.ReportReversed],
    "report.suspension_ended": [auth.ReportSuspensionEnded],
    "user.suspended": [messaging.UserSuspended, notifications.UserSuspended],
    "user.suspension_refused": [messaging.UserSuspensionRefused],
    "guest_message.created": [social.GuestMessageCreated],
    "guest.erased": [social.GuestErased],
    "guest_message.joined": [files.GuestMessageJoined],
    "social_message.received": [messaging.SocialMessageReceived],
    "social_message.echoed": [messaging.SocialMessageEchoed],
    "social_guest.pictured": [messaging.SocialGuestPictured],
    "social_message.status_changed": [messaging.SocialMessageStatusChanged],
    "social_account.connected": [messaging.SocialAccountChanged, social.AccountChanged],
    "social_account.reconnected": [messaging.SocialAccountChanged, social.AccountChanged],
    "social_account.disconnected": [
        messaging.SocialAccountChanged,
        appointments.AccountDisconnected,
    ],
    "conversation.answered": [appointments.ClientRequest],
    "conversation.block_changed": [
        appointments.BlockChanged,
        consultations.BlockChanged,
        notifications.BlockChanged,
        profiles.BlockChanged,
        quick_actions.BlockChanged,
    ],
    "file.cleaned": [
        social.FileCleaned,
        appointments.FileCleaned,
        messaging.FileCleaned,
        consultations.FileCleaned,
        profiles.FileCleaned,
    ],
    "file.removed": [
        appointments.FileRemoved,
        messaging.FileRemoved,
        consultations.FileRemoved,
        profiles.FileRemoved,
    ],
    "social_file.fetched": [files.SocialFileFetched],
    "social_media.imported": [consultations.SocialMediaImported, profiles.SocialMediaImported],
    "social_media.source_changed": [
        consultations.SocialMediaSourceChanged,
        profiles.SocialMediaSourceChanged,
    ],
    "consultation.picture_added": [social.ConsultationPictureAdded, files.ConsultationPictureAdded],
    "file.rejected": [social.FileRejected],
    "portfolio_item.imported": [social.PortfolioItemImported],
    "portfolio_item.import_refused": [social.ImportRefused],
    "consultation.picture_refused": [social.ImportRefused],
    "consultation.completed": [social.ConsultationChanged],
    "conversation.opened": [
        appointments.ConversationOpened,
        notifications.ConversationOpened,
        profiles.ConversationOpened,
        quick_actions.ConversationOpened,
    ],
    "conversation.read": [notifications.ConversationRead],
    "user.registration_repeated": [notifications.RegistrationRepeated],
    "appointment.created": [
        social.ConsumedAppointment,
        notifications.AppointmentEvent,
        profiles.AppointmentChanged,
        policies.AppointmentCreated,
    ],
    "relation.affected": [appointments.ConsumedAppointment],
    "appointment.confirmed": [
        social.ConsumedAppointment,
        messaging.AppointmentConfirmed,
        notifications.AppointmentEvent,
        profiles.AppointmentChanged,
    ],
    "appointment.recorded": [
        social.ConsumedAppointment,
        policies.AppointmentCreated,
        notifications.AppointmentRecorded,
    ],
    "availability.opened": [appointments.ConsumedOpening],
    "availability.saved": [messaging.AvailabilitySaved],
    "away_message.enabled": [appointments.AwayMessageEnabled],
    "artist.response_time_changed": [profiles.ResponseTimeChanged],
    "appointment.completed": [
        social.ConsumedAppointment,
        notifications.AppointmentEvent,
        profiles.AppointmentChanged,
        consultations.SittingChanged,
    ],
    "appointment.no_show": [
        social.ConsumedAppointment,
        notifications.AppointmentCost,
        profiles.AppointmentChanged,
        consultations.SittingChanged,
    ],
    "appointment.corrected": [
        social.ConsumedAppointment,
        notifications.AppointmentCorrected,
        profiles.AppointmentChanged,
        consultations.SittingChanged,
    ],
    "appointment.declined": [
        social.ConsumedAppointment,
        notifications.AppointmentDeclined,
        appointments.ConsumedAppointment,
    ],
    "appointment.rescheduled": [
        social.ConsumedAppointment,
        notifications.AppointmentRescheduled,
        appointments.ConsumedReschedule,
        profiles.AppointmentChanged,
    ],
    "appointment.cancelled": [
        social.ConsumedAppointment,
        notifications.AppointmentCancelled,
        appointments.ConsumedAppointment,
        consultations.SittingChanged,
        profiles.AppointmentChanged,
    ],
    "appointment.expired": [
        social.ConsumedAppointment,
        notifications.AppointmentEvent,
        appointments.ConsumedAppointment,
    ],
    "deposit.requested": [messaging.DepositRequested, notifications.DepositEvent],
    "deposit.proof_submitted": [notifications.DepositEvent, files.DepositProofSubmitted],
    "deposit.confirmed": [notifications.DepositEvent],
    "deposit.rejected": [notifications.DepositEvent],
    "deposit.refunded": [notifications.DepositEvent],
    "deposit.forfeited": [notifications.DepositEvent],
    "deposit.waived": [notifications.DepositEvent],
    "deposit.due_soon": [notifications.DepositDueSoon],
    "deposit.overdue": [notifications.DepositOverdue],
    "charge.paid": [notifications.ChargeEvent],
    "charge.settled": [notifications.ChargeEvent],
    "charge.waived": [notifications.ChargeEvent],
    "charge.refunded": [notifications.ChargeEvent],
    "proposal.sent": [
        messaging.ProposalSent,
        notifications.ProposalEvent,
        consultations.ProposalSent,
    ],
    "proposal.accepted": [notifications.ProposalEvent, consultations.ProposalAccepted],
    **{
        f"proposal.{ending}": [
            notifications.ProposalEvent,
            appointments.ConsumedProposal,
            consultations.ProposalEnded,
        ]
        for ending in ("declined", "withdrawn", "expired")
    },
    "waitlist.joined": [appointments.ClientRequest],
    "waitlist.offered": [notifications.WaitlistOffered],
    "waitlist.opened": [notifications.WaitlistOpened],
    "voucher.saved": [appointments.VoucherSaved],
    "voucher.redeemed": [profiles.VoucherDecided],
    "voucher.voided": [profiles.VoucherDecided],
    "voucher.restored": [profiles.VoucherDecided],
    "service.saved": [
        appointments.ConsumedService,
        profiles.ServiceSaved,
        quick_actions.ServiceSaved,
    ],
    "next_free.changed": [profiles.NextFreeChanged],
    "schedule.saved": [profiles.ScheduleSaved],
    "schedule.removed": [profiles.ScheduleRemoved],
    "service.removed": [
        appointments.ConsumedServiceRemoval,
        profiles.ServiceRemoved,
        quick_actions.ServiceRemoved,
    ],
    "portfolio_item.saved": [files.PortfolioItem],
    "portfolio_item.removed": [
        social.PortfolioItemRemoved,
        profiles.PortfolioItemRemoved,
        files.PortfolioItem,
    ],
    "review.pictures_changed": [files.ReviewPicturesChanged],
    "artist.books_opened": [profiles.ArtistBooksOpened],
    "follow.books_opened": [notifications.FollowedBooksOpened],
    "policy.accepted": [messaging.PolicyAccepted],
    "policy.published": [
        appointments.PolicyPublished,
        consultations.PolicyPublished,
        quick_actions.PolicyPublished,
    ],
    "policy.withdrawn": [
        appointments.PolicyWithdrawn,
        consultations.PolicyWithdrawn,
        quick_actions.PolicyWithdrawn,
    ],
    "consultation.requested": [
        social.ConsultationChanged,
        appointments.ClientRequest,
        messaging.ConsultationRequested,
        notifications.ConsultationEvent,
        files.ConsultationRequested,
        appointments.ConsultationChanged,
    ],
    "consultation.viewed": [appointments.ConsultationChanged],
    "consultation.responded": [appointments.ConsultationChanged],
    "consultation.scheduled": [social.ConsultationChanged, appointments.ConsultationChanged],
    "consultation.declined": [
        social.ConsultationChanged,
        notifications.ConsultationEnded,
        appointments.ConsultationChanged,
    ],
    "consultation.cancelled": [
        social.ConsultationChanged,
        notifications.ConsultationEnded,
        appointments.ConsultationChanged,
    ],
    "consultation.reopened": [social.ConsultationChanged, appointments.ConsultationChanged],
    "consultation.expired": [
        social.ConsultationChanged,
        notifications.ConsultationEnded,
        appointments.ConsultationChanged,
    ],
    "quick_action_row.saved": [notifications.QuickActionsSaved],
    "quick_action.executed": [messaging.QuickActionExecuted],
    "quick_action.posted": [quick_actions.ExecutionPosted],
    "quick_action.refused": [notifications.QuickActionRefused, quick_actions.ExecutionRefused],
    "consultation.nudged": [notifications.ConsultationEvent],
    "external_calendar.failed": [notifications.ExternalCalendarFailed],
    "social_calendar.booking_changed_elsewhere": [notifications.BookingChangedElsewhere],
    "social_calendar.busy_times_changed": [appointments.BusyTimesChanged],
    "social_calendar.writing_changed": [appointments.WritingChanged, social.WritingChanged],
}
CONTRACTS = sorted(EVENTS.glob("*.json"))


def contract_of(path: Path) -> dict[str, Any]:
    contract: dict[str, Any] = json.loads(path.read_text())
    return contract


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.stem)
def test_the_example_keeps_its_schema(path: Path) -> None:
    contract = contract_of(path)
    jsonschema.Draft202012Validator.check_schema(contract["schema"])
    jsonschema.validate(contract["example"], contract["schema"])


def test_the_schemas_are_those_of_the_structs_that_are_published() -> None:
    stale = [
        path.name for path, text in event_schemas.contracts().items() if path.read_text() != text
    ]
    assert not stale, "run `make generate`"


def test_every_contract_has_a_producer() -> None:
    published = {
        data.type for app in features.load_all().values() for data in getattr(app, "published", ())
    }
    assert {path.stem for path in CONTRACTS} == published


def test_every_consumed_event_is_published() -> None:
    consumed = {
        type_
        for app in features.load_all().values()
        for types in getattr(app, "consumed", {}).values()
        for type_ in types
    }
    assert consumed <= {path.stem for path in CONTRACTS}


def _with_unknown_fields(value: Any) -> Any:
    """Return the example as a later version may publish it: with more fields on every level.

    Rules of policies and the deposit of a service are left as they are: an amount must not be
    computed by half of a rule.
    """
    if isinstance(value, list):
        return [_with_unknown_fields(inner) for inner in value]
    if isinstance(value, dict):
        known = {
            name: inner if name in ("rules", "deposit") else _with_unknown_fields(inner)
            for name, inner in value.items()
        }
        return known | {"aFieldOfTomorrow": 1}
    return value


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.stem)
def test_a_consumer_understands_the_example_and_ignores_what_is_new(path: Path) -> None:
    contract = contract_of(path)
    received = _with_unknown_fields(contract["example"])
    for model in CONSUMERS.get(contract["type"], []):
        msgspec.convert(received, model)
    assert bool(CONSUMERS.get(contract["type"])) == bool(contract["consumers"])
