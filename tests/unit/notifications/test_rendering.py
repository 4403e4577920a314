"""Rendering: variables, channels, and clean HTML."""

from datetime import datetime
from typing import Any

import pytest

from domain.errors import DomainError
from notifications.models import (
    Channel,
    EmailBody,
    EmailContent,
    PushBody,
    PushContent,
    SmsBody,
    SmsContent,
    TemplateBodies,
    TemplateValue,
    TemplateVariable,
)
from notifications.templates import rendering

EVERYWHERE = tuple(Channel)


def fields(problem: pytest.ExceptionInfo[DomainError]) -> set[str]:
    return {error.field for error in problem.value.errors}


def html_of(source: str, **values: Any) -> str:
    bodies = TemplateBodies(email=EmailBody("x", "x", source))
    content = rendering.render(bodies, values, EVERYWHERE, "en")[Channel.EMAIL]
    assert isinstance(content, EmailContent)
    assert content.html
    return content.html.partition("<main>")[2].partition("</main>")[0]


def test_each_channel_is_rendered_from_its_body() -> None:
    bodies = TemplateBodies(
        email=EmailBody("S {{ a }}", "T {{ a }}"), sms=SmsBody("M {{ a }}"), push=PushBody("P", "B")
    )
    assert rendering.render(bodies, {"a": 1}, EVERYWHERE, "en") == {
        Channel.EMAIL: EmailContent("S 1", "T 1"),
        Channel.SMS: SmsContent("M 1"),
        Channel.PUSH: PushContent("P", "B"),
    }
    assert rendering.render(bodies, {"a": 1}, (Channel.SMS,), "en").keys() == {Channel.SMS}
    without_sms = TemplateBodies(push=PushBody("P", "B"))
    assert rendering.render(without_sms, {}, EVERYWHERE, "en").keys() == {Channel.PUSH}


def test_a_subject_is_one_line() -> None:
    assert rendering.to_one_line(" Hi\r\nBcc: x\x00\x7f\u2028 there\t! ") == "Hi Bcc: x there !"
    bodies = TemplateBodies(email=EmailBody("{{ a }}", "x"))
    content = rendering.render(bodies, {"a": "a\r\nBcc: b"}, EVERYWHERE, "en")[Channel.EMAIL]
    assert isinstance(content, EmailContent)
    assert content.subject == "a Bcc: b"


@pytest.mark.parametrize(
    ("source", "cleaned"),
    [
        ("<script>alert(1)</script>x", "x"),
        ('<img src="x" onerror="alert(1)">', "<img>"),
        ('<iframe src="https://evil.example"></iframe>x', "x"),
        ("<form action='/x'><input></form>x", "x"),
        ("<style>p {}</style><p>x</p>", "<p>x</p>"),
        ('<p style="color: red; position: fixed">x</p>', '<p style="color:red">x</p>'),
    ],
)
def test_html_is_cleaned(source: str, cleaned: str) -> None:
    assert html_of(source).strip() == cleaned


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "http://plain", "/x"])
def test_a_link_from_a_value_is_checked(url: str) -> None:
    assert "href" not in html_of('<a href="{{ url }}">x</a>', url=url)
    assert 'href="https://a.example/x"' in html_of(
        '<a href="{{ url }}">x</a>', url="https://a.example/x"
    )


def test_a_value_cannot_add_html() -> None:
    made = html_of('<p style="color: {{ a }}">{{ a }}</p>', a='red"><script>x</script>')
    assert "<script>" not in made
    assert "&lt;b&gt;x&lt;/b&gt;" in html_of("<p>{{ a }}</p>", a="<b>x</b>")


def test_values_are_checked_and_dates_become_instants() -> None:
    declared = [
        TemplateVariable("s", "string"),
        TemplateVariable("n", "number"),
        TemplateVariable("d", "date"),
        TemplateVariable("b", "boolean"),
        TemplateVariable("o", "string", required=False),
    ]
    values: dict[str, TemplateValue] = {
        "s": "x",
        "n": 1.5,
        "d": "2030-01-31T14:30:00+11:00",
        "b": False,
    }
    assert rendering.convert_values(declared, values) == {
        "s": "x",
        "n": 1.5,
        "d": datetime.fromisoformat("2030-01-31T14:30:00+11:00"),
        "b": False,
        "o": None,
    }


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", 1),
        ("number", "1"),
        ("number", True),
        ("boolean", 1),
        ("date", "tomorrow"),
        ("date", "2030-01-31T14:30:00"),
        ("date", 1),
    ],
)
def test_a_value_of_a_wrong_type_is_reported(kind: Any, value: Any) -> None:
    with pytest.raises(DomainError) as problem:
        rendering.convert_values([TemplateVariable("v", kind)], {"v": value})
    assert fields(problem) == {"body.variables.v"}


def test_missing_and_unknown_values_are_reported() -> None:
    with pytest.raises(DomainError) as problem:
        rendering.convert_values(
            [TemplateVariable("a", "string"), TemplateVariable("b", "string")], {"c": 1}
        )
    assert fields(problem) == {"body.variables.a", "body.variables.b", "body.variables.c"}


def test_a_template_is_rendered_with_its_examples() -> None:
    body = TemplateBodies(sms=SmsBody("{{ 10 | divided_by: n }}"))
    rendering.check(body, [TemplateVariable("n", "number", example=2)])
    with pytest.raises(DomainError) as problem:
        rendering.check(body, [TemplateVariable("n", "number", example=0)])
    assert fields(problem) == {"body.bodies.sms.text"}


def test_all_errors_of_a_template_are_reported() -> None:
    bodies = TemplateBodies(
        email=EmailBody("{{ a }}", "{{", "{% x %}"), push=PushBody("{{ b }}", "ok")
    )
    with pytest.raises(DomainError) as problem:
        rendering.check(bodies, [TemplateVariable("d", "date", example="x")])
    assert fields(problem) == {
        "body.bodies.email.subject",
        "body.bodies.email.text",
        "body.bodies.email.html",
        "body.bodies.push.title",
        "body.variables[0].example",
    }


@pytest.mark.parametrize(
    ("text", "value"), [("{{ a }}", "   "), ("{{ a }}", None), ("{{ a }} {{ a }}", "x" * 900)]
)
def test_an_empty_or_too_long_sms_is_refused(text: str, value: str | None) -> None:
    with pytest.raises(DomainError) as problem:
        rendering.render(TemplateBodies(sms=SmsBody(text)), {"a": value}, EVERYWHERE, "en")
    assert fields(problem) == {"body.variables"}
