"""Confirmation of age: who must give one, and by which version of the artist's age policy."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from domain.errors import FieldError
from domain.policy_terms.rules import AgeRules, PolicyKind
from domain.policy_terms.versions import Terms
from domain.values import StrictValue


class AgeBasis(StrEnum):
    """Reason why the client meets the artist's age policy."""

    OF_AGE = "of_age"
    GUARDIAN_CONSENTS = "guardian_consents"


class AgeConfirmation(StrictValue, frozen=True):
    """The confirmation that the client meets the artist's age policy.

    Attributes:
        version_id: Version of the age policy that is confirmed.
            Example: pol_01JD2Z5Q0V8XKM3F7T9B4N6RWC_age_2
        basis: Reason why the client meets the policy. Example: of_age
    """

    version_id: Annotated[str, Meta(max_length=120)]
    basis: AgeBasis


def find_age_terms(terms: Mapping[PolicyKind, Terms]) -> Terms | None:
    """Return the age policy that asks for a confirmation; None where none does.

    A minimum age of 0 asks nothing: a service that anybody can book has it in place of the
    artist's general policy.
    """
    found = terms.get(PolicyKind.AGE)
    if found is None or not isinstance(found.rules, AgeRules) or not found.rules.minimum_age:
        return None
    return found


def find_age_errors(
    terms: Mapping[PolicyKind, Terms], confirmation: AgeConfirmation | None, field: str
) -> list[FieldError]:
    """Check a confirmation of age against the policies that are agreed on.

    Args:
        terms: The policies, by kind.
        confirmation: The confirmation; None without any.
        field: Path of the confirmation in the request.
    """
    required = find_age_terms(terms)
    if required is None:
        return [FieldError(field, "is not required by this artist")] if confirmation else []
    if confirmation is None:
        return [FieldError(field, f"is required by {required.version_id}")]
    if confirmation.version_id != required.version_id:
        message = f"is not the version in force, {required.version_id}"
        return [FieldError(f"{field}.versionId", message)]
    assert isinstance(required.rules, AgeRules)
    by_guardian = confirmation.basis is AgeBasis.GUARDIAN_CONSENTS
    if by_guardian and required.rules.guardian_consent_from is None:
        message = "must be of_age: the policy does not accept a guardian's consent"
        return [FieldError(f"{field}.basis", message)]
    return []
