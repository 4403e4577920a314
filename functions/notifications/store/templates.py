"""Saved templates in the database."""

from collections.abc import Iterable

import msgspec
from pymongo import DESCENDING
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from notifications.models import Template
from notifications.store import database
from shared.data import mongodb
from shared.data.conflicts import WriteConflict
from shared.data.mongodb import Document

# Documents from before there were drafts have no publication: they were published as saved.
_RANK = {"$ifNull": ["$publication", "$version"]}
_IDENTITY = {"owner": "$owner", "name": "$name", "locale": "$locale"}


def list_newest(owners: Iterable[str], name: str | None = None) -> list[Template]:
    """List the newest version of each template of these owners, of one name or of all."""
    return _list_first({"version": -1}, owners, name)


def list_published(owners: Iterable[str], name: str | None = None) -> list[Template]:
    """List the published version of each template of these owners, of one name or of all."""
    first = _list_first({"rank": -1}, owners, name)
    return [template for template in first if not template.is_draft]


def list_versions(
    template: Template, limit: int, *, before: int | None, with_drafts: bool
) -> list[Template]:
    """List the versions of a template, newest first, below a version."""
    query: Document = _identify(template.owner, template.name, template.locale)
    if before is not None:
        query["version"] = {"$lt": before}
    if not with_drafts:
        query["publication"] = {"$ne": 0}
    documents = _templates().find(query, sort=[("version", DESCENDING)], limit=limit)
    return [msgspec.convert(document, Template) for document in documents]


def find_last_rank(owner: str, name: str, locale: str) -> int:
    """Find the highest number of the publications of a template; 0 if there is none."""
    last = _templates().aggregate(
        [
            {"$match": _identify(owner, name, locale)},
            {"$group": {"_id": None, "rank": {"$max": _RANK}}},
        ]
    )
    return max((int(document["rank"]) for document in last), default=0)


def _identify(owner: str, name: str, locale: str) -> Document:
    return {"owner": owner, "name": name, "locale": locale}


def _list_first(order: Document, owners: Iterable[str], name: str | None) -> list[Template]:
    query: Document = {"owner": {"$in": list(owners)}}
    if name is not None:
        query["name"] = name
    documents = _templates().aggregate(
        [
            {"$match": query},
            {"$set": {"rank": _RANK}},
            {"$sort": order},
            {"$group": {"_id": _IDENTITY, "first": {"$first": "$$ROOT"}}},
            {"$replaceRoot": {"newRoot": "$first"}},
            {"$sort": {"name": 1, "locale": 1, "owner": 1}},
        ]
    )
    return [msgspec.convert(document, Template) for document in documents]


def find(template_id: str, owners: Iterable[str]) -> Template | None:
    """Find one version of a template of these owners."""
    document = _templates().find_one({"_id": template_id, "owner": {"$in": list(owners)}})
    return mongodb.to_record(document, Template)


def add(template: Template) -> None:
    """Add a version of a template.

    Raises:
        WriteConflict: The version was added meanwhile.
    """
    try:
        _templates().insert_one(mongodb.to_document(template))
    except DuplicateKeyError as error:
        raise WriteConflict from error


def publish(template: Template, publication: int) -> None:
    """Give a version of a template the number of a publication.

    Raises:
        WriteConflict: Another version got the number, or this one was published meanwhile.
    """
    unchanged = {"_id": template.id, "publication": template.publication}
    change = {"$set": {"publication": publication, "problem": None}}
    try:
        published = _templates().update_one(unchanged, change)
    except DuplicateKeyError as error:
        raise WriteConflict from error
    if published.matched_count == 0:
        raise WriteConflict


def withdraw(template: Template) -> None:
    """Make a published version of a template a draft.

    Raises:
        WriteConflict: It was published again or withdrawn meanwhile.
    """
    unchanged = {"_id": template.id, "publication": template.publication}
    if _templates().update_one(unchanged, {"$set": {"publication": 0}}).matched_count == 0:
        raise WriteConflict


def save_problem(template_id: str, problem: str) -> None:
    """Save why no message could be made of a version of a template."""
    _templates().update_one({"_id": template_id}, {"$set": {"problem": problem}})


def delete(template_id: str) -> None:
    """Delete one version of a template."""
    _templates().delete_one({"_id": template_id})


def delete_old(template: Template, count: int, kept_id: str | None) -> None:
    """Delete all but the newest versions of a template.

    Args:
        template: The newest version.
        count: How many are kept.
        kept_id: Another one that is kept.
    """
    old = {"version": {"$lte": template.version - count}, "_id": {"$ne": kept_id}}
    _templates().delete_many(_identify(template.owner, template.name, template.locale) | old)


def _templates() -> Collection[Document]:
    return database().templates
