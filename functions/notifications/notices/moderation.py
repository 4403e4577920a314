"""Notices of what admins decided about reports: to the reported user, and to the reporter.

The reporter learns that something was done or not, and nothing about it.
"""

from collections.abc import Mapping
from datetime import datetime

from domain import quotation
from domain.ids import is_guest
from domain.moderation import Decision, SubjectKind
from notifications.events import ReportDecided, UserSuspended
from notifications.models import Channel, MessageCategory, TemplateValue
from notifications.notices import account_security
from notifications.notices.account_mails import NAMELESS, Values
from notifications.rules import locales
from notifications.store import contacts
from notifications.use_cases import composer, dispatch, recipients, web_pages
from notifications.use_cases.dispatch import Cause
from shared.events.domain_events import DomainEvent, decode_data

WARNING, HIDDEN, OUTCOME = "moderation-warning", "content-hidden", "report-outcome"
SUSPENDED = "account-suspended"
CHANNELS = {
    WARNING: (Channel.EMAIL, Channel.PUSH),
    HIDDEN: (Channel.EMAIL, Channel.PUSH),
    OUTCOME: (Channel.PUSH,),
}
PAGE = "/account"
# Phrases of ours, which are translated.
SUBJECTS = {
    SubjectKind.CONVERSATION: "conversation",
    SubjectKind.MESSAGE: "message",
    SubjectKind.PAGE: "page",
    SubjectKind.PORTFOLIO_ITEM: "portfolio item",
    SubjectKind.REVIEW: "review",
}
Variables = Mapping[str, TemplateValue]


def handle_decided(event: DomainEvent, now: datetime) -> None:
    """Notify the reported user of a warning or of what was hidden, and the reporter.

    A suspended user is mailed once auth has banned them.
    """
    decided = decode_data(event, ReportDecided)
    subject = SUBJECTS[decided.kind]
    case: Variables = {"subject": subject, "caseId": decided.report_id}
    if decided.decision is Decision.WARN:
        said: Variables = {"text": decided.text, "hides": decided.hides}
        _notify(decided.reported_id, WARNING, {**case, **said}, event, now)
    elif decided.decision is Decision.HIDE:
        _notify(decided.reported_id, HIDDEN, {**case, "reason": decided.reason}, event, now)
    if decided.reporter_id is not None:
        acted = decided.decision is not Decision.DISMISS
        _notify(decided.reporter_id, OUTCOME, {"subject": subject, "acted": acted}, event, now)


def handle_suspended(event: DomainEvent, now: datetime) -> None:
    """Mail a user that their account was suspended."""
    suspended = decode_data(event, UserSuspended)
    variables: Values = {"text": suspended.text, "caseId": suspended.report_id}
    if suspended.until is not None:
        variables = {**variables, "until": suspended.until}
    account_security.send_to_owner(suspended.user_id, SUSPENDED, variables, event, now)


def _notify(
    user_id: str, template: str, variables: Variables, event: DomainEvent, now: datetime
) -> None:
    """Notify a user by what the template has, which their inbox shows too.

    Guests have no account, so that nothing reaches them.
    """
    if is_guest(user_id):
        return
    contact = contacts.find_active(user_id)
    if contact is None:
        return
    locale = contact.locale
    values = {"name": quotation.flatten(contact.name) or NAMELESS, **variables}
    channels = CHANNELS[template]
    message = composer.compose_from_system_template(
        template,
        {
            name: locales.translate(value, locale) if isinstance(value, str) else value
            for name, value in values.items()
        },
        channels,
        MessageCategory.ACCOUNT,
        locale=locale,
    )
    message = composer.complete_email(
        composer.replace_push_fields(message, url=PAGE),
        url=PAGE,
        page=web_pages.build(PAGE),
        invitation=None,
        locale=locale,
    )
    recipient = recipients.create(contact, channels)
    dispatch.dispatch(message, recipient, Cause.from_event(event), now)
