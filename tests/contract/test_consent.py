"""Consent: whatever names another person or a file says how it is refused."""

from typing import Any, get_args

import msgspec
import pytest

from appointments.rules.errors import NoRelation
from domain.errors import Blocked
from infra import features
from shared.http.operations import Operation

# What is refused across a block though its body names nobody: the other is found by an id.
ACROSS_BLOCKS = {
    "appointments": {
        *("create_hold", "book_appointment", "book_walk_in", "plan_sittings", "send_proposal"),
        *("accept_proposal", "confirm_appointment", "reschedule_appointment", "join_waitlist"),
    },
    "consultations": {"request_consultation"},
    "messaging": {
        *("open_conversation", "send_message", "update_message", "show_typing"),
        *("schedule_message", "send_scheduled_message"),
    },
    "notifications": {"send_email", "send_sms", "send_push_message", "send_notification"},
    "profiles": {"issue_voucher", "follow_artist"},
    "quick_actions": {"execute_quick_action", "execute_one_tap_link"},
}
# Each field of a request with ids of files, and the test that a stranger's file is refused.
FILES = {
    "appointments.schemas.DepositProofRequest.files",
    "consultations.schemas.ConsultationRequest.files",
    "messaging.schemas.SendMessageRequest.attachments",
    "messaging.schemas.ScheduleMessageRequest.attachments",
    "messaging.schemas.ChangeScheduledRequest.attachments",
    # A draft gives access to nothing, and sending it checks the files.
    "messaging.schemas.SaveDraftRequest.attachments",
    "profiles.schemas.people.UpdatePersonRequest.avatar",
    "profiles.schemas.portfolio.CreatePortfolioItemRequest.file_id",
    "profiles.schemas.portfolio.CreatePortfolioItemRequest.file_ids",
    "profiles.schemas.portfolio.UpdatePortfolioItemRequest.file_ids",
    "profiles.schemas.reviews.CreateReviewRequest.pictures",
    "profiles.schemas.reviews.UpdateReviewRequest.pictures",
}
OPERATIONS: list[tuple[str, Operation]] = [
    (feature, operation)
    for feature, app in features.load_all().items()
    for operation in getattr(app, "operations", {}).values()
]


@pytest.mark.parametrize("feature", ACROSS_BLOCKS)
def test_what_begins_something_is_refused_across_a_block(feature: str) -> None:
    refusing = {
        operation.name
        for group, operation in OPERATIONS
        if group == feature and Blocked in operation.errors
    }
    assert refusing >= ACROSS_BLOCKS[feature]


def test_there_is_one_class_for_blocks() -> None:
    """Programs handle one code, so it has one meaning."""
    classes = {
        error
        for _, operation in OPERATIONS
        for error in operation.errors
        if getattr(error, "code", "") == "blocked"
    }
    assert classes == {Blocked}


def test_whoever_names_a_client_at_appointments_needs_a_relation() -> None:
    naming = {
        operation.name
        for group, operation in OPERATIONS
        if group == "appointments"
        and operation.body is not None
        and "client_id" in operation.body.__struct_fields__
    }
    assert naming == {
        *("book_appointment", "book_walk_in", "plan_sittings", "preview_booking", "send_proposal"),
    }
    for group, operation in OPERATIONS:
        if group == "appointments" and operation.name in naming:
            assert {Blocked, NoRelation} <= set(operation.errors), operation.name


def test_every_file_that_a_request_names_is_known_here() -> None:
    """A new field with ids of files needs a check of their owner, and a test of it."""
    found = {
        f"{body.__module__}.{body.__qualname__}.{name}"
        for _, operation in OPERATIONS
        if (body := operation.body) is not None
        for name, type_ in msgspec_types(body).items()
        if names_files(type_)
    }
    assert found == FILES


def msgspec_types(body: type[Any]) -> dict[str, Any]:
    """Return the annotated type of each field."""
    return {field.name: field.type for field in msgspec.structs.fields(body)}


def names_files(type_: Any) -> bool:
    """Return whether a type holds ids of files, by the description that they share."""
    metadata = getattr(type_, "__metadata__", ())
    if any(isinstance(m, msgspec.Meta) and m.description == "Id of the file." for m in metadata):
        return True
    return any(names_files(inner) for inner in get_args(type_))
