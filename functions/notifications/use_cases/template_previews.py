"""Previews of templates: what they make of examples, shown or sent to their author."""

from datetime import datetime

from domain.errors import FieldError, InvalidFields
from notifications.models import (
    Channel,
    EmailContent,
    MessageCategory,
    PushContent,
    SmsContent,
    Template,
    TemplateBodies,
    TemplateVersion,
)
from notifications.rules import locales, sms_segments
from notifications.schemas import (
    AcceptedNotification,
    EmailPreview,
    PushPreview,
    SmsPreview,
    TemplatePreview,
    TemplatePreviewRequest,
    TemplateTestRequest,
)
from notifications.templates import rendering
from notifications.use_cases import (
    brands,
    composer,
    notification_requests,
    recipients,
    templates,
)
from notifications.use_cases.dispatch import Cause, OutgoingMessage
from shared.http.caller import Caller

TEST = "Test: "  # begins the subject and the title of what is sent to try a template


def preview(caller: Caller, request: TemplatePreviewRequest) -> TemplatePreview:
    """Render a saved template, or bodies that are not saved yet, with the caller's brand.

    Raises:
        InvalidFields: Names every wrong field.
        NotFound: There is no such template.
    """
    bodies, variables, locale = request.bodies, tuple(request.variables), request.locale
    version = None
    if (request.template_id is None) == (bodies is None):
        problem = "exactly one of templateId and bodies is needed"
        fields = ("body.templateId", "body.bodies")
        raise InvalidFields(*(FieldError(field, problem) for field in fields))
    if request.template_id is not None:
        template = templates.find_visible(caller, request.template_id)
        bodies, variables = template.bodies, template.variables
        locale = locale or template.locale
        version = _get_version(template)
    else:
        rendering.check(bodies or TemplateBodies(), variables)
    assert bodies is not None
    examples = rendering.list_examples(variables)
    values = rendering.convert_values(variables, examples | request.values, "body.values")
    contents = rendering.render(bodies, values, tuple(Channel), locale or locales.DEFAULT)
    message = composer.lead_to_page(OutgoingMessage(contents, template=version), locale)
    return _present(brands.apply(message, caller.user_id))


def send_test(
    caller: Caller, template_id: str, request: TemplateTestRequest, now: datetime
) -> AcceptedNotification:
    """Send what a template makes to the caller, through every channel that leads to them.

    Raises:
        InvalidFields: Names every wrong field.
        NotFound: There is no such template.
        SessionEnded: The caller's account was deleted.
        Unreachable: No channel of the template leads to the caller.
        ChannelNotConfigured: None of those that do has a provider here.
    """
    template = templates.find_visible(caller, template_id)
    channels = request.channels or tuple(Channel)
    examples = rendering.list_examples(template.variables)
    values = rendering.convert_values(template.variables, examples | request.values, "body.values")
    message = OutgoingMessage(
        rendering.render(template.bodies, values, channels, template.locale),
        MessageCategory.ACCOUNT,  # the caller asks for it, whatever they mute
        _get_version(template),
    )
    recipient = recipients.get_user(caller, None, channels)
    message = composer.lead_to_page(composer.mark(message, TEST), template.locale)
    marked = brands.apply(message, caller.user_id)
    cause = Cause.from_request(caller.user_id, are_channels_named=request.channels is not None)
    return notification_requests.send_to(recipient, marked, cause, now)


def _get_version(template: Template) -> TemplateVersion:
    return TemplateVersion(id=template.id, name=template.name, version=template.version)


def _present(message: OutgoingMessage) -> TemplatePreview:
    email = sms = push = None
    for content in message.contents.values():
        match content:
            case EmailContent():
                email = EmailPreview(content.subject, content.text, content.html)
            case SmsContent():
                sms = SmsPreview(content.text, sms_segments.measure(content.text))
            case PushContent():
                push = PushPreview(content.title, content.body)
    return TemplatePreview(email, sms, push)
