"""`proposal-ended`: nothing came of it; who did not end it is told."""

from notifications.models import Bodies, EmailBody, PushBody, SmsBody, Variable
from notifications.templates.system.making import OTHER, SERVICE, heading, shipped

# What became of it, from the outcome: declined, withdrawn or expired.
_WHAT = (
    "{% case outcome %}"
    "{% when 'declined' %}was declined"
    "{% when 'withdrawn' %}was withdrawn"
    "{% else %}was not answered in time"
    "{% endcase %}"
)
_SENTENCE = (
    "The proposal for {{ serviceName }} between you and {{ otherName }} "
    + _WHAT
    + ". Its dates are "
    "free again, and nothing is booked."
)

TEMPLATE = shipped(
    "proposal-ended",
    kind="custom",
    variables=(OTHER, SERVICE, Variable("outcome", "string", example="withdrawn")),
    bodies=Bodies(
        email=EmailBody(
            subject="The proposal for {{ serviceName }} " + _WHAT,
            text=_SENTENCE,
            html=heading("A proposal " + _WHAT) + f"<p>{_SENTENCE}</p>",
        ),
        sms=SmsBody(text=_SENTENCE),
        push=PushBody(title="A proposal " + _WHAT, body="{{ serviceName }} with {{ otherName }}"),
    ),
)
