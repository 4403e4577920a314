"""Everything that the system templates render, as hashes: one of each body over several cases.

    python -m tests.unit.notifications.rendered_templates

writes `rendered_templates.json` again after an intended change of wording. The cases of a template:
its examples, without each optional variable, without all of them, with markup in every text, and
each value that its texts distinguish.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from notifications.models import Channel, Template, TemplateValue
from notifications.rules import locales
from notifications.templates import rendering, system_templates

FILE = Path(__file__).with_name("rendered_templates.json")
MARKUP = "<b>&'\"\nline two"
DISTINGUISHED: Mapping[str, tuple[TemplateValue, ...]] = {
    "action": (
        "requested",
        "booked",
        "confirmed",
        "declined",
        "moved",
        "cancelled",
        "missed",
        "corrected",
    ),
    "acted": (True, False),
    "hides": (True, False),
    "isOwnBooking": (True, False),
    "isOverdue": (True, False),
    "isPending": (True, False),
    "kind": ("paid", "refunded", "settled", "waived"),
    "outcome": ("declined", "withdrawn", "cancelled", "expired"),
    "reason": ("blocked", "person_gone", "other"),
    "releases": (True, False),
    "sittings": (1, 2),
    "state": ("confirmed", "rejected", "waived", "refunded", "forfeited", "completed", "no_show"),
}


def compute_hashes(template: Template) -> dict[str, str]:
    """Compute the SHA-256 of each body of a template, such as `email.subject`, over all cases."""
    rendered: dict[str, dict[str, str]] = {}
    for case, variables in _cases(template):
        values = rendering.convert_values(template.variables, variables)
        contents = rendering.render(template.bodies, values, tuple(Channel), template.locale)
        for channel, content in contents.items():
            for field, text in msgspec.structs.asdict(content).items():
                if isinstance(text, str):
                    rendered.setdefault(f"{channel}.{field}", {})[case] = text
    return {
        body: hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()
        for body, texts in sorted(rendered.items())
    }


def name_of(template: Template) -> str:
    """Name a template and its language: `welcome`, `welcome de`."""
    is_default = template.locale == locales.DEFAULT
    return template.name if is_default else f"{template.name} {template.locale}"


def _cases(template: Template) -> Iterator[tuple[str, dict[str, TemplateValue]]]:
    examples = {
        variable.name: variable.example
        for variable in template.variables
        if variable.example is not None
    }
    optional = {variable.name for variable in template.variables if not variable.required}
    texts = {variable.name for variable in template.variables if variable.type == "string"}
    yield "examples", examples
    yield "required only", _without(examples, optional)
    yield "markup", examples | dict.fromkeys(texts - {"timeZone"}, MARKUP)
    for name in sorted(optional):
        yield f"without {name}", _without(examples, {name})
    for name, values in DISTINGUISHED.items():
        if name in examples:
            for value in values:
                yield f"{name} is {value}", examples | {name: value}


def _without(values: Mapping[str, TemplateValue], names: set[str]) -> dict[str, TemplateValue]:
    return {name: value for name, value in values.items() if name not in names}


if __name__ == "__main__":
    hashes = {
        name_of(template): compute_hashes(template) for template in system_templates.list_all()
    }
    FILE.write_text(json.dumps(hashes, indent=2) + "\n")
