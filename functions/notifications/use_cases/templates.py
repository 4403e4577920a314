"""Templates: saving, listing and selecting them."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

import msgspec

from domain.errors import FieldError, InvalidFields, NotFound, SessionEnded
from domain.ids import new_id
from notifications.models import SYSTEM, Template
from notifications.rules import locales
from notifications.rules.errors import TemplateChanged, TooManyTemplates
from notifications.schemas import (
    NotificationTemplate,
    NotificationTemplateRequest,
    TemplateList,
    TemplateListQuery,
    TemplateVersionsQuery,
)
from notifications.schemas.templates import TemplateStatus
from notifications.store import contacts
from notifications.store import templates as store
from notifications.templates import rendering, system_templates
from shared.data.conflicts import WriteConflict
from shared.http import cursors
from shared.http.caller import Caller
from shared.http.repetition import find_made
from shared.platform.logs import logger

MAX_TEMPLATES = 100  # of one owner, not counting versions: it bounds every list here
MAX_VERSIONS = 50  # of one template, besides the published one: every message reads them


def get_owner(caller: Caller) -> str:
    """Return the owner of the templates that the caller writes: the system for admins."""
    return SYSTEM if caller.is_admin else caller.user_id


def save(
    caller: Caller, request: NotificationTemplateRequest, now: datetime
) -> NotificationTemplate:
    """Save a template as the next version of its name and locale, and publish it or not.

    Its oldest versions are deleted, so that the newest 50 and the published one remain.

    Raises:
        InvalidFields: Names every wrong field.
        TemplateChanged: Another request saved or published it at the same moment.
        TooManyTemplates: The owner has as many templates as are allowed.
        SessionEnded: The caller's account was deleted while the template was saved.
    """
    if made := find_made("tpl", partial(_get_own, caller)):
        return get(caller, made.id)
    owner = get_owner(caller)
    _check(request)
    newest = {
        (template.name, template.locale): template.version
        for template in store.list_newest([owner])
    }
    version = newest.get((request.name, request.locale), 0) + 1
    if version == 1 and len(newest) >= MAX_TEMPLATES:
        raise TooManyTemplates(f"You can have at most {MAX_TEMPLATES} templates.")
    publication = 0 if request.draft else _count_publication(owner, request.name, request.locale)
    template = Template(
        id=new_id("tpl"),
        owner=owner,
        name=request.name,
        locale=request.locale,
        version=version,
        kind=request.kind,
        variables=tuple(request.variables),
        bodies=request.bodies,
        created_at=now,
        publication=publication,
    )
    try:
        store.add(template)
    except WriteConflict:
        raise TemplateChanged("This template was saved by another request just now.") from None
    if contacts.is_deleted(caller.user_id):  # the erasure may have come before the template
        store.delete(template.id)
        raise SessionEnded("This account was deleted.")
    if version > MAX_VERSIONS:
        store.delete_old(template, MAX_VERSIONS, _find_published_id(template))
    return _present(template, is_published=publication > 0)


def publish(caller: Caller, template_id: str) -> NotificationTemplate:
    """Publish a version of the caller's: a draft, or an older one in the place of a newer one.

    Publishing the published version changes nothing.

    Raises:
        NotFound: The caller has no such version.
        InvalidFields: It does not fit the system template of its name any more.
        TemplateChanged: Another request published a version at the same moment.
    """
    template = _get_own(caller, template_id)
    if template.id != _find_published_id(template):
        _check(template)
        publication = _count_publication(template.owner, template.name, template.locale)
        try:
            store.publish(template, publication)
        except WriteConflict:
            raise TemplateChanged("Another version was published just now.") from None
    return get(caller, template_id)


def roll_back(caller: Caller, template_id: str) -> NotificationTemplate:
    """Roll back the published version of the caller's: the one published before it is used again.

    The version becomes a draft. Where none was published before, the system's template is used.

    Raises:
        NotFound: The caller has no such version.
        TemplateChanged: It is not the published version, or not any more: of two requests that
            roll back the same version, one gets this.
    """
    template = _get_own(caller, template_id)
    if template.id != _find_published_id(template):
        raise TemplateChanged("This version is not the published one.")
    try:
        store.withdraw(template)
    except WriteConflict:
        raise TemplateChanged("This version was rolled back or published just now.") from None
    return get(caller, template_id)


def get(caller: Caller, template_id: str) -> NotificationTemplate:
    """Return one version of a template of the caller's or the system's.

    Raises:
        NotFound: There is none, or it is a draft of the system and the caller no admin.
    """
    template = find_visible(caller, template_id)
    return _present(template, is_published=template.id == _find_published_id(template))


def list_versions(caller: Caller, template_id: str, query: TemplateVersionsQuery) -> TemplateList:
    """List the versions of a template that one of them belongs to, newest first.

    Raises:
        NotFound: There is no such version.
        InvalidFields: The cursor is not of this list.
    """
    template = find_visible(caller, template_id)
    scope = f"template versions {caller.user_id} {template.owner} {template.name} {template.locale}"
    before = int(cursors.decode(query.cursor, scope)[0]) if query.cursor else None
    is_own = template.owner == get_owner(caller)
    remaining = store.list_versions(template, query.limit + 1, before=before, with_drafts=is_own)
    shipped = system_templates.find(template.name, template.locale)
    if template.owner == SYSTEM and shipped is not None:
        remaining.append(shipped)
    page = remaining[: query.limit]
    published = _find_published_id(template)
    return TemplateList(
        items=[_present(each, is_published=each.id == published) for each in page],
        next_cursor=cursors.encode([page[-1].version], scope)
        if len(remaining) > len(page)
        else None,
    )


def find_visible(caller: Caller, template_id: str) -> Template:
    """Return one version of a template of the caller's or the system's.

    Raises:
        NotFound: There is none, or it is a draft of the system and the caller no admin.
    """
    own = get_owner(caller)
    template = system_templates.find_by_id(template_id) or store.find(template_id, {own, SYSTEM})
    if template is None or (template.owner != own and template.is_draft):
        raise NotFound("There is no such template.")
    return template


def list_templates(caller: Caller, query: TemplateListQuery) -> TemplateList:
    """List the caller's own templates and the system's by name.

    Of each the published version, or else the newest draft if it is the caller's own.

    Raises:
        InvalidFields: The cursor is not of this list.
    """
    scope = f"templates {caller.user_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else []
    templates = sorted(_list_visible(get_owner(caller)), key=_get_position)
    remaining = [template for template in templates if _get_position(template) > after]
    page = remaining[: query.limit]
    has_more = len(remaining) > len(page)
    return TemplateList(
        items=[_present(template, is_published=not template.is_draft) for template in page],
        next_cursor=cursors.encode(_get_position(page[-1]), scope) if has_more else None,
    )


def get_by_name(owner: str, name: str, locale: str | None) -> Template:
    """Return the first of the candidates for a name.

    Raises:
        InvalidFields: There is no template of this name.
    """
    for template in list_candidates(owner, name, locale):
        return template
    raise InvalidFields(FieldError("body.template", "is not the name of a template"))


def list_candidates(owner: str, name: str, locale: str | None) -> list[Template]:
    """List the templates that a message can be made of, the best one first.

    The owner's own come before the system's, whatever their locale: an artist who writes in one
    language only wants these words to be read. Of each, the one in the locale comes before that in
    its language, and English comes last. An admin's comes before the one that we ship.

    Args:
        owner: Id of the artist, or SYSTEM.
        name: Name of the template.
        locale: Language of the reader; None if they chose none.
    """
    fallbacks = locales.list_fallbacks(locale)
    saved = {
        (template.owner, template.locale): template
        for template in store.list_published({owner, SYSTEM}, name)
    }
    own = [saved.get((owner, each)) for each in fallbacks] if owner != SYSTEM else []
    of_system = [
        template
        for each in fallbacks
        for template in (saved.get((SYSTEM, each)), system_templates.find(name, each))
    ]
    return [template for template in (*own, *of_system) if template is not None]


def save_problem(template: Template, error: InvalidFields) -> None:
    """Save why no message could be made of a template, for its owner to see in the list."""
    problem = "; ".join(f"{field.field}: {field.message}" for field in error.errors)
    if problem != template.problem:
        store.save_problem(template.id, problem)
    logger.warning("template failed", template_id=template.id, problem=problem)


def get_by_id(owner: str, template_id: str) -> Template:
    """Return one version of a template.

    Raises:
        InvalidFields: It is neither the owner's nor the system's.
    """
    template = system_templates.find_by_id(template_id) or store.find(template_id, {owner, SYSTEM})
    if template is None or (template.owner != owner and template.is_draft):
        raise InvalidFields(FieldError("body.templateId", "is not the id of a template"))
    if template.is_draft:
        raise InvalidFields(FieldError("body.templateId", "is a draft, which is not published"))
    return template


def _get_own(caller: Caller, template_id: str) -> Template:
    template = store.find(template_id, {get_owner(caller)})
    if template is None:
        raise NotFound("You have no such template.")
    return template


def _find_published_id(template: Template) -> str | None:
    """Find which version of a template is published; None if none is."""
    for published in store.list_published({template.owner}, template.name):
        if published.locale == template.locale:
            return published.id
    shipped = system_templates.find(template.name, template.locale)
    return shipped.id if shipped is not None and template.owner == SYSTEM else None


def _count_publication(owner: str, name: str, locale: str) -> int:
    """Return the number of the next publication."""
    return store.find_last_rank(owner, name, locale) + 1


def _check(request: NotificationTemplateRequest | Template) -> None:
    rendering.check(request.bodies, request.variables)
    _check_replacement(request)


def _check_replacement(request: NotificationTemplateRequest | Template) -> None:
    """Check that a template can replace the system template of its name.

    It is rendered with the same values, and sent through the same channels.
    """
    replaced = system_templates.find(request.name)
    if replaced is None:
        return
    declared = {variable.name: variable for variable in request.variables}
    available = {variable.name: variable for variable in replaced.variables}
    errors = [
        FieldError(
            "body.variables",
            f"must declare `{name}` as a {variable.type}, as the system's template does",
        )
        for name, variable in available.items()
        if name not in declared or declared[name].type != variable.type
    ]
    errors += [
        FieldError(
            "body.variables",
            f"`{name}` does not always have a value here, so it cannot be required",
        )
        for name, variable in declared.items()
        if variable.required and not (name in available and available[name].required)
    ]
    errors += [
        FieldError(f"body.bodies.{channel}", "is required, because the system's template has it")
        for channel, body in msgspec.structs.asdict(replaced.bodies).items()
        if body is not None and getattr(request.bodies, channel) is None
    ]
    if errors:
        raise InvalidFields(*errors)


def _list_visible(owner: str) -> Iterable[Template]:
    # The later ones replace the earlier ones: what is published is shown instead of a draft, and an
    # admin's instead of the one that we ship.
    listed = [
        *(template for template in store.list_newest({owner}) if template.is_draft),
        *system_templates.list_all(),
        *store.list_published({owner, SYSTEM}),
    ]
    return {tuple(_get_position(template)): template for template in listed}.values()


def _get_position(template: Template) -> list[str]:
    return [template.name, template.locale, template.owner]


def _present(template: Template, *, is_published: bool) -> NotificationTemplate:
    status: TemplateStatus = "draft" if template.is_draft else "superseded"
    return NotificationTemplate(
        id=template.id,
        owner=template.owner,
        name=template.name,
        kind=template.kind,
        locale=template.locale,
        version=template.version,
        status="published" if is_published else status,
        variables=template.variables,
        bodies=template.bodies,
        created_at=template.created_at,
        problem=template.problem,
    )
