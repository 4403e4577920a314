"""`consultation-requested`: a client asks; the artist is told."""

from notifications.models import Bodies, EmailBody, PushBody, SmsBody, Variable
from notifications.templates.system.making import CLIENT, heading, shipped

SUBJECT = Variable("subject", "string", example="A swallow on my forearm")

TEMPLATE = shipped(
    "consultation-requested",
    kind="custom",
    variables=(CLIENT, SUBJECT),
    bodies=Bodies(
        email=EmailBody(
            subject="{{ clientName }} asks you: {{ subject }}",
            text="""\
You have a request from {{ clientName }}:

{{ subject }}

Please answer in the chat, or decline. Without an answer it ends after 14 days.
""",
            html=heading("You have a request")
            + "<p><strong>{{ subject }}</strong>, from {{ clientName }}</p>"
            + "<p>Please answer in the chat, or decline. Without an answer it ends after 14 days."
            "</p>",
        ),
        sms=SmsBody(text="You have a request from {{ clientName }}: {{ subject }}."),
        push=PushBody(title="A request from {{ clientName }}", body="{{ subject }}"),
    ),
)
