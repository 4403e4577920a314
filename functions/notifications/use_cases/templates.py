"""The library of templates: saving, listing, and finding the one that is meant."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from domain.errors import FieldError, InvalidFields
from domain.ids import new_id
from notifications.models import SYSTEM, Template
from notifications.rules.errors import TemplateChanged, TooManyTemplates
from notifications.schemas import TemplateRequest, Templates, TemplatesQuery, TemplateView
from notifications.store import templates as store
from notifications.templates import rendering, system_templates
from shared.data.conflicts import WriteConflict
from shared.http import cursors
from shared.http.caller import Caller

DEFAULT_LOCALE = "en"
MAX_TEMPLATES = 100  # of one owner, versions not counted: what bounds every list here


def owner_of(caller: Caller) -> str:
    """Whose templates the caller writes: their own, an admin the system's."""
    return SYSTEM if caller.is_admin else caller.user_id


def save(caller: Caller, request: TemplateRequest, now: datetime) -> TemplateView:
    """Keep the template as the next version of its name and locale.

    Raises a 422 Problem naming every wrong field, a 409 one for a template too many or saved by
    somebody else at the same moment.
    """
    rendering.check(request.bodies, request.variables)
    _check_replacement(request)
    owner = owner_of(caller)
    newest = {(of.name, of.locale): of.version for of in store.newest_templates([owner])}
    version = newest.get((request.name, request.locale), 0) + 1
    if version == 1 and len(newest) >= MAX_TEMPLATES:
        raise TooManyTemplates(f"At most {MAX_TEMPLATES} templates are kept.")
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
        store.add_template(template)
    except WriteConflict:
        raise TemplateChanged("It was saved at this very moment.") from None
    return _view(template)


def list_for(caller: Caller, query: TemplatesQuery) -> Templates:
    """The caller's own templates and the system's, the newest version of each, by name.

    Raises a 422 Problem for a cursor that is not of this list.
    """
    scope = f"templates {caller.user_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else []
    listed = sorted(_visible(owner_of(caller)), key=_position)
    remaining = [template for template in listed if _position(template) > after]
    page = remaining[: query.limit]
    more = len(remaining) > len(page)
    return Templates(
        items=[_view(template) for template in page],
        next_cursor=cursors.encode(_position(page[-1]), scope) if more else None,
    )


def by_name(owner: str, name: str, locale: str | None, field: str = "body.template") -> Template:
    """The newest template of this name: in the locale, its language, or else in English.

    In each of these the owner's own comes before the system's. Raises a 422 Problem where there is
    none.
    """
    wanted = locale or DEFAULT_LOCALE
    of_name = {(of.locale, of.owner): of for of in _visible(owner, name)}
    for candidate in (wanted, wanted[:2], DEFAULT_LOCALE):
        for whose in (owner, SYSTEM):
            if (candidate, whose) in of_name:
                return of_name[candidate, whose]
    raise InvalidFields(FieldError(field, "is not the name of a template"))


def by_id(owner: str, template_id: str) -> Template:
    """That very version. Raises a 422 Problem unless it is the owner's or the system's."""
    template = system_templates.find_by_id(template_id) or store.find_template(
        template_id, {owner, SYSTEM}
    )
    if template is None:
        raise InvalidFields(FieldError("body.templateId", "is not the id of a template"))
    return template


def _check_replacement(request: TemplateRequest) -> None:
    """A template in the place of a shipped one is given what that one is given, and must do."""
    shipped = system_templates.find(request.name)
    if shipped is None:
        return
    declared = {variable.name: variable for variable in request.variables}
    given = {variable.name: variable for variable in shipped.variables}
    errors = [
        FieldError("body.variables", f"must hold `{name}`, {variable.type}, as the system's does")
        for name, variable in given.items()
        if name not in declared or declared[name].type != variable.type
    ]
    errors += [
        FieldError("body.variables", f"`{name}` is not always given here: it cannot be required")
        for name, variable in declared.items()
        if variable.required and not (name in given and given[name].required)
    ]
    errors += [
        FieldError(f"body.bodies.{channel}", "is needed, as the system's has it")
        for channel, body in msgspec.structs.asdict(shipped.bodies).items()
        if body is not None and getattr(request.bodies, channel) is None
    ]
    if errors:
        raise InvalidFields(*errors)


def _visible(owner: str, name: str | None = None) -> Iterable[Template]:
    saved = store.newest_templates({owner, SYSTEM}, name)
    if name is None:
        shipped = system_templates.list_all()
    else:
        found = system_templates.find(name)
        shipped = () if found is None else (found,)
    # What is saved stands last, so that an admin's version replaces the one that we ship.
    return {tuple(_position(template)): template for template in [*shipped, *saved]}.values()


def _position(template: Template) -> list[str]:
    return [template.name, template.locale, template.owner]


def _view(template: Template) -> TemplateView:
    return TemplateView(
        id=template.id,
        owner=template.owner,
        name=template.name,
        kind=template.kind,
        locale=template.locale,
        version=template.version,
        variables=template.variables,
        bodies=template.bodies,
        created_at=template.created_at,
    )
