"""`phone-code`: the code that proves a phone number."""

from notifications.models import Bodies, SmsBody, Variable
from notifications.templates.system.making import shipped

TEMPLATE = shipped(
    "phone-code",
    kind="custom",
    variables=(Variable("code", "string", example="123456"),),
    bodies=Bodies(
        sms=SmsBody(
            text="{{ code }} is your confirmation code. It is good for 15 minutes. "
            "Never tell it to anybody."
        )
    ),
)
