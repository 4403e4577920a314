"""Fields that several requests and responses have."""

from typing import Annotated

from msgspec import Meta

from domain import types
from domain.types import FilledLine, FilledText

RecipientId = Annotated[str, Meta(pattern=r"^\w{1,64}$")]
RecipientEmail = Annotated[
    str, Meta(pattern=r"^[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+$", max_length=254)
]
PhoneNumber = Annotated[
    str,
    Meta(
        min_length=8,
        max_length=32,
        description="Phone number in international notation.",
        examples=["+61491570156"],
    ),
]
Subject = Annotated[
    FilledLine,
    Meta(
        max_length=200,
        description="Subject of the mail and title of the push message; only with `text`.",
        examples=["Your appointment on Thursday"],
    ),
]
Text = Annotated[
    FilledText,
    Meta(
        max_length=20_000,
        description="Text of the message. Send either this or a template.",
        examples=["Please bring your sketches."],
    ),
]
SmsText = Annotated[
    FilledText,
    Meta(
        max_length=1_600,  # Twilio's limit
        description="Text of the SMS. Send either this or a template.",
        examples=["Please bring your sketches."],
    ),
]
TemplateName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9-]{0,63}$",
        description="Name of a template.",
        examples=["aftercare-first-day"],
    ),
]
Locale = Annotated[
    str,
    Meta(
        pattern=r"^[a-z]{2}(-[A-Z]{2})?$",
        description="Language of a template, with or without a region (BCP 47).",
        examples=["en"],
    ),
]
DataName = Annotated[str, Meta(pattern=r"^[\w-]{1,64}$")]
NotificationId = Annotated[
    str, Meta(description="Id of the notification.", examples=["ntf_01JD2Z5Q0V8XKM3F7T9B4N6RWC"])
]
InboxEntryId = Annotated[
    str,
    Meta(description="Id of the inbox entry.", examples=["ibx_3f786850e387550fdab836ed7e6dc881"]),
]
DeliveryId = Annotated[
    str, Meta(description="Id of the delivery.", examples=["dlv_01JD2Z5Q0V8XKM3F7T9B4N6RWC"])
]
TemplateId = Annotated[
    str,
    Meta(
        description="Id of one version of a template.",
        examples=["tpl_01JD2Z5Q0V8XKM3F7T9B4N6RWC"],
    ),
]
UnsubscribeToken = Annotated[
    str,
    Meta(
        description="Last segment of the link in a mail.",
        examples=["c2lnbmF0dXJlWyJ1c3JfMDFKRDIiLCJtYXJrZXRpbmciXQ"],
    ),
]
PushEndpoint = Annotated[
    str,
    Meta(
        max_length=1_000,
        description="URL at which the browser's push service takes messages for this browser.",
        examples=["https://fcm.googleapis.com/fcm/send/dGVzdA:APA91bH"],
    ),
]
PublicKey = Annotated[
    str,
    Meta(
        description="Public key: an uncompressed point of P-256 in base64url.",
        examples=[  # of RFC 8291
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
        ],
    ),
]
PageSize = Annotated[
    int, Meta(ge=1, le=100, description="Largest number of items on a page.", examples=[50])
]
Cursor = Annotated[types.Cursor, Meta(max_length=500)]
