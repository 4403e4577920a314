"""Import of templates and push subscriptions from an earlier system.

Templates become drafts with names of their own: their artists see them, and nothing is sent of
them before they are published. A subscription receives messages if the keys with which the browser
subscribed, those of VAPID, were taken over.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.errors import InvalidFields
from notifications.models import PushSubscription, Template
from notifications.schemas.imports import ImportedSubscription, ImportedTemplate
from notifications.store import imports as store
from notifications.store import subscriptions as subscriptions_store
from notifications.store import templates as templates_store
from notifications.templates import rendering
from notifications.use_cases import subscriptions, templates
from shared.data import tombstones
from shared.data.imported_rows import Kind, Reasons

DELETED = "The account of its user was deleted here."
TOO_MANY = f"Its owner has {templates.MAX_TEMPLATES} templates."
ANOTHER_NAME = "Its owner has another template of this name."


# ---- templates ---------------------------------------------------------------------------------


def find_templates(rows: Sequence[ImportedTemplate]) -> Mapping[str, ImportedTemplate]:
    """Return those of the templates that exist, as they were first saved."""
    return {
        found.id: ImportedTemplate(
            id=found.id,
            owner_id=found.owner,
            name=found.name,
            kind=found.kind,
            locale=found.locale,
            variables=found.variables,
            bodies=found.bodies,
            created_at=found.created_at,
        )
        for found in store.find_templates(row.id for row in rows)
        if found.created_at is not None
    }


def check_templates(rows: Sequence[ImportedTemplate], _now: datetime) -> Reasons:
    """Return why templates cannot be saved."""
    owners = {row.owner_id for row in rows}
    deleted = tombstones.find_deleted(*owners)
    counts = dict.fromkeys(owners, 0)
    for template in templates_store.list_newest(owners):
        counts[template.owner] += 1
    reasons: Reasons = {}
    for row in rows:
        counts[row.owner_id] += 1
        reason = _find_fault(row)
        if row.owner_id in deleted:
            reason = DELETED
        elif counts[row.owner_id] > templates.MAX_TEMPLATES:
            reason = TOO_MANY
        if reason is not None:
            reasons[row.id] = reason
    return reasons


def write_templates(rows: Sequence[ImportedTemplate], _now: datetime) -> Reasons:
    """Save templates in one bulk write, as the first versions of theirs."""
    failed = store.add_templates(
        [
            Template(
                id=row.id,
                owner=row.owner_id,
                name=row.name,
                locale=row.locale,
                version=1,
                kind=row.kind,
                variables=row.variables,
                bodies=row.bodies,
                created_at=row.created_at,
                publication=0,
            )
            for row in rows
        ]
    )
    return dict.fromkeys(failed, ANOTHER_NAME)


def _find_fault(row: ImportedTemplate) -> str | None:
    try:
        rendering.check(row.bodies, row.variables)
    except InvalidFields as error:
        return "; ".join(f"{each.field} {each.message}" for each in error.errors)
    return None


# ---- push subscriptions ------------------------------------------------------------------------


def find_subscriptions(rows: Sequence[ImportedSubscription]) -> Mapping[str, ImportedSubscription]:
    """Return those of the subscriptions that exist, whoever uses the browser now."""
    by_endpoint = {subscriptions.build_id(row.endpoint): row.id for row in rows}
    return {
        by_endpoint[found.id]: ImportedSubscription(
            id=by_endpoint[found.id],
            user_id=found.user_id,
            endpoint=found.endpoint,
            p256dh=found.p256dh,
            auth=found.auth,
            registered_at=found.registered_at,
        )
        for found in subscriptions_store.find_many(list(by_endpoint)).values()
    }


def check_subscriptions(rows: Sequence[ImportedSubscription], _now: datetime) -> Reasons:
    """Return why subscriptions cannot be saved."""
    deleted = tombstones.find_deleted(*{row.user_id for row in rows})
    reasons: Reasons = {}
    for row in rows:
        errors = subscriptions.find_errors(row.endpoint, row.p256dh, row.auth)
        if row.user_id in deleted:
            reasons[row.id] = DELETED
        elif errors:
            reasons[row.id] = "; ".join(f"{each.field} {each.message}" for each in errors)
    return reasons


def write_subscriptions(rows: Sequence[ImportedSubscription], _now: datetime) -> Reasons:
    """Save subscriptions in one bulk write. One that a browser made here meanwhile stays."""
    store.add_subscriptions(
        [
            PushSubscription(
                id=subscriptions.build_id(row.endpoint),
                user_id=row.user_id,
                endpoint=row.endpoint,
                p256dh=row.p256dh,
                auth=row.auth,
                registered_at=row.registered_at,
            )
            for row in rows
        ]
    )
    return {}


KINDS: dict[str, Kind[Any]] = {
    "notificationTemplates": Kind(
        ImportedTemplate, find_templates, write_templates, check_templates
    ),
    "pushSubscriptions": Kind(
        ImportedSubscription, find_subscriptions, write_subscriptions, check_subscriptions
    ),
}
