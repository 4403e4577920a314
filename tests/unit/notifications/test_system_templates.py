"""The files of the system templates: what they render, and that broken ones are found."""

import json
import re
import shutil
from pathlib import Path

import pytest

from domain.errors import InvalidFields
from infra import bundling
from infra.paths import FUNCTIONS
from notifications.models import Template
from notifications.rules import locales
from notifications.templates import rendering, system_templates
from notifications.templates.system_templates import SystemTemplateError
from tests.unit.notifications import rendered_templates

ALL = system_templates.list_all()
TEMPLATES = {template.name: template for template in ALL if template.locale == locales.DEFAULT}
BY_LOCALE = {rendered_templates.name_of(template): template for template in ALL}
HASHES = json.loads(rendered_templates.FILE.read_text())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of a template with bodies for all channels, to be broken."""
    copy = tmp_path / "system"
    shutil.copytree(system_templates.FOLDER, copy)
    return copy / "appointment-cancelled"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def read_all(folder: Path) -> None:
    for template in ALL:
        system_templates.read(folder / template.name, template.locale)


def test_there_is_one_hash_per_template() -> None:
    assert BY_LOCALE.keys() == HASHES.keys()


@pytest.mark.parametrize("name", HASHES)
def test_a_template_renders_the_same_bytes(name: str) -> None:
    """See `rendered_templates` for how to accept an intended change."""
    assert rendered_templates.compute_hashes(BY_LOCALE[name]) == HASHES[name]


@pytest.mark.parametrize("template", ALL, ids=rendered_templates.name_of)
def test_a_template_passes_the_checks_of_saved_ones(template: Template) -> None:
    rendering.check(template.bodies, template.variables)


def test_every_partial_is_rendered_by_a_template(folder: Path) -> None:
    for partial in (folder.parent / system_templates.PARTIALS).glob("**/*.liquid"):
        # Broken rather than missing: in German the English one would take its place.
        text = partial.read_text()
        partial.write_text("{% render 'no_such_partial' %}")
        with pytest.raises(SystemTemplateError, match="no_such_partial"):
            read_all(folder.parent)
        partial.write_text(text)


def test_every_template_is_in_every_language() -> None:
    for name in system_templates.list_names():
        for language in locales.LANGUAGES:
            template = system_templates.find(name, language)
            assert template is not None, f"{name} is not in {language}"
            assert template.locale == language
            assert system_templates.find_by_id(template.id) is template


def test_every_mail_has_a_page() -> None:
    for template in TEMPLATES.values():
        page = system_templates.find_page(template.name)
        assert (page is not None) == (template.bodies.email is not None), template.name
        assert page is None or page.startswith("/")


def test_german_is_formal_and_shows_no_english() -> None:
    words = re.compile(r"\b(du|dich|dir|dein\w*|the|your|you|with|was moved|on)\b", re.IGNORECASE)
    for template in ALL:
        if template.locale == "de":
            sources = dict(rendering.list_sources(template.bodies))
            for field, source in sources.items():
                shown = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", source)
                assert not words.search(shown), (template.name, field, shown)


def test_a_template_is_found_by_its_name_and_its_id() -> None:
    welcome = system_templates.find("welcome")
    assert welcome is not None
    assert system_templates.find_by_id(welcome.id) is welcome
    for name in ("", "_partials", "../system/welcome", "welcome/", "no-such-template"):
        assert system_templates.find(name) is None
        assert system_templates.find_by_id(f"tpl_system_{name}") is None
    assert system_templates.find_by_id("tpl_01JD2Z5Q0V8XKM3F7T9B4N6RWC") is None


@pytest.mark.parametrize(
    "file", ["meta.toml", "email.html.liquid", "email.txt.liquid", "sms.txt.liquid"]
)
def test_a_missing_file_is_found(folder: Path, file: str) -> None:
    (folder / file).unlink()
    with pytest.raises(SystemTemplateError, match=re.escape(file)):
        system_templates.read(folder)


@pytest.mark.parametrize("file", ["sms.html.liquid", "notes.md"])
def test_a_superfluous_file_is_found(folder: Path, file: str) -> None:
    (folder / file).write_text("x")
    with pytest.raises(SystemTemplateError, match=re.escape(file)):
        system_templates.read(folder)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('kind = "custom"', 'kind = "other"'),
        ('kind = "custom"', ""),
        ('kind = "custom"', 'kind = "custom"\nlocale = "en"'),
        ("subject = ", "# subject = "),
        ('"sms", ', ""),
        ('type = "date"', 'type = "instant"'),
        ("[variables.fee]", "[variables.fee"),
    ],
)
def test_a_malformed_meta_file_is_found(folder: Path, old: str, new: str) -> None:
    edit(folder / "meta.toml", old, new)
    with pytest.raises(SystemTemplateError, match="appointment-cancelled"):
        system_templates.read(folder)


def test_a_malformed_push_message_is_found(folder: Path) -> None:
    edit(folder / "push.json.liquid", '"title"', '"heading"')
    with pytest.raises(SystemTemplateError, match="heading"):
        system_templates.read(folder)


def test_a_partial_that_does_not_exist_is_found(folder: Path) -> None:
    edit(folder / "email.html.liquid", "fee.html", "fees.html")
    with pytest.raises(SystemTemplateError, match=r"fees\.html"):
        system_templates.read(folder)


def test_a_partial_that_renders_itself_is_found(folder: Path) -> None:
    partial = folder.parent / system_templates.PARTIALS / "fee.html.liquid"
    edit(partial, "{{ fee }}", "{% render 'fee.html' %}")
    with pytest.raises(SystemTemplateError, match=r"fee\.html renders itself"):
        system_templates.read(folder)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("_partials/fee.html.liquid", "{{ fee }}", "{{ price }}"),
        ("_partials/fee.html.liquid", "{% endif %}", ""),
        ("_partials/fee.txt.liquid", "{%- if fee %}", "{%- if fee %"),
        ("appointment-cancelled/meta.toml", "[variables.fee]", "[variables.price]"),
        ("appointment-cancelled/sms.txt.liquid", "{{ otherName }}", "{{ othername }}"),
        ("appointment-cancelled/sms.txt.liquid", "{% render 'short_time' %}", "{% render x %}"),
        ("appointment-cancelled/push.json.liquid", "{{ otherName }}", "{{ otherName"),
    ],
)
def test_an_unknown_variable_or_broken_liquid_is_found(
    folder: Path, file: str, old: str, new: str
) -> None:
    edit(folder.parent / file, old, new)
    template = system_templates.read(folder)
    with pytest.raises(InvalidFields):
        rendering.check(template.bodies, template.variables)


def test_a_bundle_ships_every_file(tmp_path: Path) -> None:
    bundled = tmp_path / "notifications"
    bundling._copy_sources(FUNCTIONS / "notifications", bundled)
    for template in ALL:
        folder = bundled / "templates" / "system" / template.name
        assert system_templates.read(folder, template.locale) == template
