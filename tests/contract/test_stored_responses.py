"""Responses that are stored for Idempotency-Keys: none holds a secret of ours."""

import msgspec

from auth.app import app

SECRET_FIELDS = {"access_token", "refresh_token", "secret", "recovery_codes"}


def test_no_response_with_a_secret_is_stored() -> None:
    signed_in = [each for each in app.operations.values() if not each.public]
    with_secrets = [each for each in signed_in if fields_of(each.answer) & SECRET_FIELDS]
    assert len(with_secrets) >= 5
    assert [each.path for each in with_secrets if each.idempotent] == []


def fields_of(answer: object) -> set[str]:
    """Return the names of the fields of a response."""
    if not (isinstance(answer, type) and issubclass(answer, msgspec.Struct)):
        return set()
    return {field.name for field in msgspec.structs.fields(answer)}
