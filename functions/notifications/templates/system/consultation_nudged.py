"""`consultation-nudged`: the artist has not answered yet, and is reminded."""

from notifications.models import Bodies, EmailBody, PushBody, SmsBody
from notifications.templates.system.consultation_requested import SUBJECT
from notifications.templates.system.making import CLIENT, heading, shipped

_SENTENCE = "The request of {{ clientName }} still waits for your answer: {{ subject }}."

TEMPLATE = shipped(
    "consultation-nudged",
    kind="custom",
    variables=(CLIENT, SUBJECT),
    bodies=Bodies(
        email=EmailBody(
            subject="Still waiting for you: {{ subject }}",
            text=_SENTENCE + "\n\nPlease answer in the chat, or decline.\n",
            html=heading("Somebody waits for your answer")
            + f"<p>{_SENTENCE}</p><p>Please answer in the chat, or decline.</p>",
        ),
        sms=SmsBody(text=_SENTENCE),
        push=PushBody(title="{{ clientName }} waits for your answer", body="{{ subject }}"),
    ),
)
