"""The templates that we ship, one module each. An admin's of the same name comes before them."""

from notifications.records import Template
from notifications.system_templates import (
    appointment_confirmation,
    phone_code,
    registration_repeated,
    verify_email,
    welcome,
)

SHIPPED: tuple[Template, ...] = (
    appointment_confirmation.TEMPLATE,
    phone_code.TEMPLATE,
    registration_repeated.TEMPLATE,
    verify_email.TEMPLATE,
    welcome.TEMPLATE,
)
