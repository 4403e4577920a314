"""Callbacks: what Twilio and Amazon SES report, and what people reply to our SMS."""

from datetime import datetime

import msgspec

from domain.errors import Forbidden
from notifications.callbacks import delivery_reports as mail_reports
from notifications.callbacks import ses, twilio
from notifications.callbacks.delivery_reports import MailReport
from notifications.callbacks.ses import SesNotification
from notifications.callbacks.twilio import Fields, PostedForm, TwilioSecret
from notifications.channels import NotConfigured, envelopes
from notifications.channels import settings as provider_settings
from notifications.models import Channel, DeliveryStatus, SuppressionReason
from notifications.rules import bounces, sms_keywords
from notifications.rules.bounces import Bounce
from notifications.rules.sms_keywords import Keyword
from notifications.store import deliveries, seen_callbacks
from notifications.use_cases import delivery_reports, suppressions
from notifications.use_cases.delivery_reports import Report
from shared.events import queues
from shared.platform.logs import logger

SERVICE = "Artist Booking"
COMPLAINT = "complaint"
MAIL_FEEDBACK_QUEUE = "notifications-mail-feedback"
MAX_FEEDBACK = 1_000  # per run of the sweeper; the rest waits for a minute


def receive_sms_status(delivery_id: str, form: PostedForm, now: datetime) -> None:
    """Record what Twilio reports of an SMS.

    Raises:
        Forbidden: Twilio did not sign it.
    """
    fields = _read_twilio_form(form, f"{twilio.STATUS_PATH}/{delivery_id}")
    reported = twilio.read_status(fields)
    if reported is None:
        return
    code = reported.error_code
    is_over = reported.state in (DeliveryStatus.BOUNCED, DeliveryStatus.FAILED)
    report = Report(
        status=reported.state,
        detail=f"twilio {code}" if code else "twilio",
        reason=_name_sms_failure(code) if is_over else None,
        bounce=bounces.classify_twilio_error(code) if is_over else None,
        reference=reported.sid or None,
    )
    delivery = deliveries.find_delivery(delivery_id)
    if delivery is None or delivery.channel is not Channel.SMS:
        return
    is_stop = is_over and bounces.is_stopped(code) and delivery.address
    if is_stop and delivery_reports.may_change(delivery, report):  # not a repetition, after a START
        suppressions.suppress(
            Channel.SMS, delivery.address, SuppressionReason.STOP, now, report.detail
        )
    delivery_reports.record(delivery_id, report, now)


def receive_sms(form: PostedForm, now: datetime) -> str:
    """Carry out what somebody replied to an SMS of ours, and return the answer in TwiML.

    A number that stopped gets nothing from any number of ours. The same message again, or a
    repetition by whoever recorded it, changes nothing.

    Raises:
        Forbidden: Twilio did not sign it.
    """
    received = twilio.read_reply(_read_twilio_form(form, twilio.INBOUND_PATH))
    reply = sms_keywords.read(received.text)
    if reply is None or not received.sender.startswith("+"):
        return twilio.write_twiml(None)
    number = received.sender
    is_lifted = False
    if not seen_callbacks.is_seen(received.sid):
        if reply.keyword is Keyword.STOP:
            suppressions.suppress(Channel.SMS, number, SuppressionReason.STOP, now, "reply")
        elif reply.keyword is Keyword.START:
            is_lifted = suppressions.end_by_owner(Channel.SMS, number, SuppressionReason.STOP, now)
        # Afterwards: what was interrupted is done by the repetition.
        seen_callbacks.add(received.sid, now)
    if received.is_answered or (reply.is_ambiguous and not is_lifted):
        return twilio.write_twiml(None)
    return twilio.write_twiml(sms_keywords.write_answer(reply, SERVICE))


def drain_mail_feedback(now: datetime) -> int:
    """Record what Amazon SES has notified of since the last time, and return how much it was."""

    def handle(body: str) -> None:
        receive_mail_feedback(msgspec.json.decode(body, type=SesNotification), now)

    return queues.drain(MAIL_FEEDBACK_QUEUE, handle, max_messages=MAX_FEEDBACK)


def receive_mail_feedback(notification: SesNotification, now: datetime) -> None:
    """Record what Amazon SES notifies of: a bounce, a complaint, a delivery, or a received mail."""
    match notification.kind:
        case "Received":
            _receive_mail(notification, now)
        case "Bounce":
            _record_bounce(notification, now)
        case "Complaint":
            _record_complaint(notification, now)
        case "Delivery":
            _record_delivery(notification, now)
        case kind:
            logger.info("mail feedback ignored", kind=kind)


def _receive_mail(notification: SesNotification, now: datetime) -> None:
    receipt = notification.receipt
    named = map(envelopes.read_delivery_id, receipt.recipients if receipt else ())
    delivery_id = next(filter(None, named), None)
    reports = mail_reports.read(notification.raw_mail)
    if not reports:
        logger.info("mail received that is no report")  # an autoresponder, or a person
    for report in reports:
        _record_mail_report(report, delivery_id, now)


def _record_mail_report(report: MailReport, delivery_id: str | None, now: datetime) -> None:
    """Record a report of a server; `delivery_id` is from the signed address that it came to."""
    bounce = report.bounce
    known_id = delivery_id or _read_message_id(report.message_id)
    if known_id is None or not _is_for(known_id, report):
        logger.info("mail report without a delivery", action=report.action)
        return
    if delivery_id is None and bounce is Bounce.HARD:
        # Whoever knows a Message-ID can write such a report. It does not suppress an address, but
        # together with others.
        bounce = Bounce.SOFT
    status = {"failed": DeliveryStatus.BOUNCED, "delivered": DeliveryStatus.DELIVERED}.get(
        report.action
    )
    if status is None:
        return  # delayed, or passed on: nothing is decided yet
    detail = f"dsn {report.status}"
    _record_mail(known_id, status, bounce, detail, now)


def _record_bounce(notification: SesNotification, now: datetime) -> None:
    bounce = notification.bounce
    delivery_id = _find_delivery_id(notification)
    if bounce is None or delivery_id is None:
        return
    for recipient in bounce.bounced_recipients:
        if _is_address_of(delivery_id, recipient.email_address):
            kind = ses.classify(bounce, recipient.status)
            detail = f"ses {bounce.bounce_type} {recipient.status}".strip()
            _record_mail(delivery_id, DeliveryStatus.BOUNCED, kind, detail, now)


def _record_complaint(notification: SesNotification, now: datetime) -> None:
    complaint = notification.complaint
    delivery_id = _find_delivery_id(notification)
    if complaint is None or delivery_id is None:
        return
    # Some providers hide who complained; SES then names everybody on the mail, which is one.
    if any(
        _is_address_of(delivery_id, each.email_address) for each in complaint.complained_recipients
    ):
        delivery = deliveries.find_delivery(delivery_id)
        if delivery is not None and delivery.address:
            detail = complaint.complaint_feedback_type or COMPLAINT
            suppressions.suppress(
                Channel.EMAIL, delivery.address, SuppressionReason.COMPLAINT, now, detail
            )
        report = Report(DeliveryStatus.DELIVERED, detail=COMPLAINT)  # who complains has it
        delivery_reports.record(delivery_id, report, now)


def _record_delivery(notification: SesNotification, now: datetime) -> None:
    delivered = notification.delivery
    delivery_id = _find_delivery_id(notification)
    if delivered is None or delivery_id is None:
        return
    if any(_is_address_of(delivery_id, each) for each in delivered.recipients):
        _record_mail(delivery_id, DeliveryStatus.DELIVERED, None, "ses", now)


def _record_mail(
    delivery_id: str, status: DeliveryStatus, bounce: Bounce | None, detail: str, now: datetime
) -> None:
    reason = None if bounce is None else f"{bounce.value}_bounce"
    report = Report(status, detail=detail, reason=reason, bounce=bounce)
    delivery_reports.record(delivery_id, report, now)


def _find_delivery_id(notification: SesNotification) -> str | None:
    named = envelopes.read_delivery_id(notification.mail.source)
    return named or _read_message_id(notification.message_id)


def _read_message_id(message_id: str | None) -> str | None:
    local = (message_id or "").partition("@")[0]
    return local if local.startswith(envelopes.DELIVERY_PREFIX) else None


def _is_for(delivery_id: str, report: MailReport) -> bool:
    delivery = deliveries.find_delivery(delivery_id)
    is_mail = delivery is not None and delivery.channel is Channel.EMAIL
    # A forwarded mail bounces at an address that we do not know; that says nothing of ours.
    return is_mail and delivery is not None and report.is_about(delivery.address)


def _is_address_of(delivery_id: str, address: str) -> bool:
    delivery = deliveries.find_delivery(delivery_id)
    is_mail = delivery is not None and delivery.channel is Channel.EMAIL
    return is_mail and delivery is not None and address.lower() == delivery.address.lower()


def _name_sms_failure(code: int | None) -> str:
    if bounces.is_stopped(code):
        return SuppressionReason.STOP.value
    bounce = bounces.classify_twilio_error(code)
    return "undelivered" if bounce is Bounce.OTHER else f"{bounce.value}_bounce"


def _read_twilio_form(form: PostedForm, path: str) -> Fields:
    """Read a form that Twilio posted to a route.

    It signs the URL that it called. That is below the configured base, or what API Gateway saw,
    whose path has the stage of its own domain or the mapping of a custom one. Headers of the caller
    do not count.
    """
    try:
        settings = provider_settings.load("twilio", TwilioSecret)
    except NotConfigured:
        raise Forbidden("Twilio is not set up here.") from None
    base_url = twilio.get_base_url()
    urls = [f"{base_url}{path}"] if base_url else []
    if form.url:
        urls.append(form.url)
    return twilio.read_form(form, urls, settings.twilio_auth_token)
