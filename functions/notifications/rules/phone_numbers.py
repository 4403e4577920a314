"""Phone numbers as we keep them: E.164."""

from domain.errors import FieldError, InvalidFields


def e164(number: str, field: str) -> str:
    """The number in E.164. Raises a 422 Problem naming the field when it cannot be one.

    Whether a possible number is in service only the provider knows.
    """
    import phonenumbers  # noqa: PLC0415  # 30 ms that only requests with a number need

    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        raise InvalidFields(FieldError(field, "must be an international phone number: +61 …"))
    written: str = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return written
