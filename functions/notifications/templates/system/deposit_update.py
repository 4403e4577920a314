"""`deposit-update`: what became of the client's deposit."""

from notifications.models import Bodies, EmailBody, PushBody, SmsBody, Variable
from notifications.templates.system.making import AMOUNT, ARTIST, SERVICE, heading, shipped

# What became of it, from its state: confirmed, rejected, refunded or forfeited.
_WHAT = (
    "{% case state %}"
    "{% when 'confirmed' %}has arrived"
    "{% when 'rejected' %}has not arrived"
    "{% when 'refunded' %}was given back"
    "{% else %}is kept"
    "{% endcase %}"
)
_NEXT = (
    "{% case state %}"
    "{% when 'confirmed' %}Thank you."
    "{% when 'rejected' %}Please check your payment, then send a proof again."
    "{% when 'refunded' %}It may take your bank some days to show it."
    "{% else %}That is what was agreed when you booked."
    "{% endcase %}"
)
_SENTENCE = (
    "Your deposit of {{ amount }} for {{ serviceName }} with {{ artistName }} " + _WHAT + "."
)

TEMPLATE = shipped(
    "deposit-update",
    kind="custom",
    variables=(ARTIST, SERVICE, AMOUNT, Variable("state", "string", example="confirmed")),
    bodies=Bodies(
        email=EmailBody(
            subject="Your deposit of {{ amount }} for {{ serviceName }} " + _WHAT,
            text=_SENTENCE + "\n\n" + _NEXT,
            html=heading("Your deposit " + _WHAT) + f"<p>{_SENTENCE}</p>\n<p>{_NEXT}</p>",
        ),
        sms=SmsBody(text=_SENTENCE + " " + _NEXT),
        push=PushBody(
            title="Your deposit " + _WHAT,
            body="{{ amount }} for {{ serviceName }} with {{ artistName }}",
        ),
    ),
)
