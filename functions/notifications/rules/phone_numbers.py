"""Phone numbers in E.164."""

from domain.errors import FieldError, InvalidFields


def normalize(number: str, field: str) -> str:
    """Normalize a phone number to E.164.

    Only the provider knows whether a possible number is in service.

    Raises:
        InvalidFields: It cannot be an international phone number.
    """
    import phonenumbers  # noqa: PLC0415  # 30 ms that only requests with a number need

    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        raise InvalidFields(FieldError(field, "must be an international phone number: +61 …"))
    normalized: str = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return normalized
