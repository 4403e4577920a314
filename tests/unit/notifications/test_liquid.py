"""The subset of Liquid for templates, and its limits."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from notifications.templates import liquid
from notifications.templates.liquid import TemplateError


def rendered(source: str, *, html: bool = False, **values: object) -> str:
    return liquid.render(liquid.parse(source, html=html), values)


def test_values_and_conditions_are_rendered() -> None:
    source = "Hello {{ name | upcase }}{% if vip %}, dear{% else %}.{% endif %}"
    assert rendered(source, name="Ada", vip=True) == "Hello ADA, dear"
    assert rendered(source, name="Ada", vip=None) == "Hello ADA."
    assert rendered("{% assign x = a | plus: 1 %}{{ x }}", a=2) == "3"
    assert rendered("{% case a %}{% when 1 %}one{% else %}many{% endcase %}", a=2) == "many"
    assert rendered("a{% comment %}b{% endcomment %}c{% # d %}") == "ac"


@pytest.mark.parametrize("html", [False, True])
def test_an_instant_is_shown_in_each_time_zone(html: bool) -> None:
    instant = datetime(2026, 7, 2, 7, 30, tzinfo=UTC)
    shown = [
        rendered('{{ at | date: "<i>%H:%M %z" }}', html=html, at=instant.astimezone(ZoneInfo(zone)))
        for zone in ("Europe/Berlin", "Asia/Kathmandu", "Europe/London", "Europe/Berlin")
    ]
    assert shown == [
        "<i>09:30 +0200",
        "<i>13:15 +0545",
        "<i>08:30 +0100",
        "<i>09:30 +0200",
    ]


def test_dates_may_be_strings_or_absent() -> None:
    assert rendered('{{ "2026-07-02" | date: "%d.%m.%y" }}{{ no | date: "%d" }}') == "02.07.26"


def test_values_in_html_are_escaped() -> None:
    assert rendered("<p>{{ a }}</p>", html=True, a="<b>&") == "<p>&lt;b&gt;&amp;</p>"
    assert rendered("{{ a }}", a="<b>&") == "<b>&"


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in list %}{% endfor %}",
        "{% tablerow i in list %}{% endtablerow %}",
        "{% include 'x' %}",
        "{% render 'x' %}",
        "{% capture x %}{% endcapture %}",
        "{% liquid\n echo 1 %}",
        "{% if (1..1000000000000) contains 'x' %}{% endif %}",
        "{% assign r = (1..3) %}",
        "{{ (1..3) }}",
        "{% unknown %}",
        "{{ a",
        "{% if a %}",
        "{{ a | | }}",
        "{% if a %}" * 11 + "{% endif %}" * 11,
    ],
)
def test_other_syntax_is_refused(source: str) -> None:
    with pytest.raises(TemplateError):
        liquid.parse(source)


@pytest.mark.parametrize(
    "source",
    [
        "{{ a | safe }}",
        "{{ a | replace: 'a', 'aaaaaaaaaa' }}",
        "{{ a | split: '' | join: 'aaaaaaaaaa' }}",
        "{{ a | base64_encode }}",
        "{{ 1 | divided_by: 0 }}",
    ],
)
def test_other_filters_and_errors_are_refused(source: str) -> None:
    template = liquid.parse(source, html=True)
    with pytest.raises(TemplateError):
        liquid.render(template, {"a": "a"})


@pytest.mark.parametrize(
    "source",
    [
        "{{ a" + " | append: a" * 1_000 + " }}",
        "{{ a" + " | url_encode" * 2_000 + " }}",
        "{% assign x = a %}" + "{% assign x = x | append: x %}" * 500,
        "{% assign x = 9 %}" + "{% assign x = x | times: x %}" * 500 + "{{ x }}",
        "{{ a }}" * 2_000,
    ],
)
def test_output_is_limited(source: str) -> None:
    template = liquid.parse(source)
    with pytest.raises(TemplateError):
        liquid.render(template, {"a": "%" * 2_000})


def test_output_up_to_the_limit_is_allowed() -> None:
    assert len(rendered("{{ a | upcase }}", a="x" * 20_000)) == 20_000


def test_the_variables_of_a_template_exclude_those_it_assigns() -> None:
    template = liquid.parse("{{ a.b }}{% assign c = d %}{{ c }}{% if e %}{{ now }}{% endif %}")
    assert liquid.list_variables(template) == {"a", "d", "e", "now"}


def test_error_messages_are_about_the_template() -> None:
    with pytest.raises(TemplateError, match="unknown filter 'nope'"):
        rendered("{{ 1 | nope }}")
    with pytest.raises(TemplateError, match="does not work"):
        rendered("{{ a | date: '%Y' }}", a="9" * 40)  # a year no calendar has


@pytest.mark.parametrize(
    "source",
    [
        "{% assign a = 99999999 | times: 99999999 %}"
        + "{% assign a = a | times: a %}" * 8
        + f"{{% assign b = a {'| times: a ' * 500}%}}x",  # took 44 seconds
        "{{ '" + "9" * 1_000 + "' | plus: 1 }}",
    ],
)
def test_numbers_are_limited(source: str) -> None:
    with pytest.raises(TemplateError, match="too large a number"):
        rendered(source)
