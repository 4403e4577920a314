"""`consultation-ended`: nothing came of it; who did not end it is told."""

from notifications.models import Bodies, EmailBody, PushBody, SmsBody, Variable
from notifications.templates.system.consultation_requested import SUBJECT
from notifications.templates.system.making import (
    OTHER,
    REASON,
    REASON_HTML,
    REASON_TEXT,
    heading,
    shipped,
)

# What became of it, from the outcome: declined, cancelled or expired.
_WHAT = (
    "{% case outcome %}"
    "{% when 'declined' %}was declined"
    "{% when 'cancelled' %}was cancelled"
    "{% else %}was not answered in time"
    "{% endcase %}"
)
_SENTENCE = "The request between you and {{ otherName }}, {{ subject }}, " + _WHAT + "."

TEMPLATE = shipped(
    "consultation-ended",
    kind="custom",
    variables=(OTHER, SUBJECT, Variable("outcome", "string", example="declined"), REASON),
    bodies=Bodies(
        email=EmailBody(
            subject="A request " + _WHAT + ": {{ subject }}",
            text=_SENTENCE + "\n" + REASON_TEXT,
            html=heading("A request " + _WHAT) + f"<p>{_SENTENCE}</p>" + REASON_HTML,
        ),
        sms=SmsBody(text=_SENTENCE),
        push=PushBody(title="A request " + _WHAT, body="{{ subject }}, with {{ otherName }}"),
    ),
)
