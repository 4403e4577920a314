"""Templates: saving, listing and selecting them."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

import msgspec

from domain.errors import FieldError, InvalidFields, SessionEnded
from domain.ids import new_id
from notifications.models import SYSTEM, Template
from notifications.rules import locales
from notifications.rules.errors import TemplateChanged, TooManyTemplates
from notifications.schemas import (
    NotificationTemplate,
    NotificationTemplateRequest,
    TemplateList,
    TemplateListQuery,
)
from notifications.store import contacts
from notifications.store import templates as store
from notifications.templates import rendering, system_templates
from shared.data.conflicts import WriteConflict
from shared.http import cursors
from shared.http.caller import Caller
from shared.http.repetition import find_made
from shared.platform.logs import logger

MAX_TEMPLATES = 100  # of one owner, not counting versions: it bounds every list here


def get_owner(caller: Caller) -> str:
    """Return the owner of the templates that the caller writes: the system for admins."""
    return SYSTEM if caller.is_admin else caller.user_id


def save(
    caller: Caller, request: NotificationTemplateRequest, now: datetime
) -> NotificationTemplate:
    """Save a template as the next version of its name and locale.

    Raises:
        InvalidFields: Names every wrong field.
        TemplateChanged: Another request saved it at the same moment.
        TooManyTemplates: The owner has as many templates as are allowed.
        SessionEnded: The caller's account was deleted while the template was saved.
    """
    owner = get_owner(caller)
    if made := find_made("tpl", partial(store.find, owners=[owner])):
        return _present(made)
    rendering.check(request.bodies, request.variables)
    _check_replacement(request)
    newest = {
        (template.name, template.locale): template.version
        for template in store.list_newest([owner])
    }
    version = newest.get((request.name, request.locale), 0) + 1
    if version == 1 and len(newest) >= MAX_TEMPLATES:
        raise TooManyTemplates(f"You can have at most {MAX_TEMPLATES} templates.")
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
    )
    try:
        store.add(template)
    except WriteConflict:
        raise TemplateChanged("This template was saved by another request just now.") from None
    if contacts.is_deleted(caller.user_id):  # the erasure may have come before the template
        store.delete(template.id)
        raise SessionEnded("This account was deleted.")
    return _present(template)


def list_templates(caller: Caller, query: TemplateListQuery) -> TemplateList:
    """List the caller's own templates and the system's by name, the newest version of each.

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
        items=[_present(template) for template in page],
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
        for template in store.list_newest({owner, SYSTEM}, name)
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
    if template is None:
        raise InvalidFields(FieldError("body.templateId", "is not the id of a template"))
    return template


def _check_replacement(request: NotificationTemplateRequest) -> None:
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


def _list_visible(owner: str, name: str | None = None) -> Iterable[Template]:
    saved = store.list_newest({owner, SYSTEM}, name)
    if name is None:
        shipped = system_templates.list_all()
    else:
        of_name = system_templates.find(name)
        shipped = () if of_name is None else (of_name,)
    # Saved ones come last, so that an admin's version replaces the one that we ship.
    return {tuple(_get_position(template)): template for template in [*shipped, *saved]}.values()


def _get_position(template: Template) -> list[str]:
    return [template.name, template.locale, template.owner]


def _present(template: Template) -> NotificationTemplate:
    return NotificationTemplate(
        id=template.id,
        owner=template.owner,
        name=template.name,
        kind=template.kind,
        locale=template.locale,
        version=template.version,
        variables=template.variables,
        bodies=template.bodies,
        created_at=template.created_at,
        problem=template.problem,
    )
