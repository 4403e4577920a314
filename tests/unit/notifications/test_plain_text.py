"""Plain text of HTML, and contrast of colours."""

import pytest

from notifications.rules import contrast
from notifications.templates import plain_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<h1>Hello</h1>\n<p>One   <b>two</b>\nthree</p>", "Hello\n\nOne two three"),
        ("<p>a</p><p>b<br>c</p>", "a\n\nb\nc"),
        ('<a href="https://x.example/y">See</a> it', "See (https://x.example/y) it"),
        ('<a href="https://x.example">https://x.example</a>', "https://x.example"),
        ('<a href="mailto:a@x.example">Write</a>', "Write (a@x.example)"),
        ('<a href="mailto:a@x.example">a@x.example</a>', "a@x.example"),
        ("<a>No target</a>", "No target"),
        (
            "<p>To do:</p><ul><li>one</li><li>two</li></ul><p>End</p>",
            "To do:\n\n- one\n- two\n\nEnd",
        ),
        ("<ol><li>one</li><li>two</li></ol>", "1. one\n2. two"),
        (
            "<ul><li>a<ol><li>b</li><li>c</li></ol></li><li>d</li></ul>",
            "- a\n  1. b\n  2. c\n- d",
        ),
        ("<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>", "A B\n1 2"),
        ('a<hr>b<img src="https://x" alt="A rose">', f"a\n\n{'-' * 20}\n\nbA rose"),
        ("<p>&lt;b&gt; &amp; &nbsp;x</p>", "<b> & x"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<p></p><p> </p>", ""),
        ("</a></ul></li>x", "x"),
        ("<p>a<p>b", "a\n\nb"),
    ],
)
def test_html_becomes_text(html: str, text: str) -> None:
    assert plain_text.convert(html) == text


@pytest.mark.parametrize(
    ("color", "ratio"),
    # As WebAIM's contrast checker computes them.
    [("#000000", 21), ("#ffffff", 1), ("#0f766e", 5.47), ("#777777", 4.48), ("#ff0000", 4)],
)
def test_contrast_with_white(color: str, ratio: float) -> None:
    assert contrast.compute_with_white(color) == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize("color", ["#ffcc00", "#ffffff", "#777777", "#00ff00"])
def test_a_light_colour_is_darkened_until_white_can_be_read(color: str) -> None:
    darker = contrast.darken(color)
    assert 4.5 <= contrast.compute_with_white(darker) < 6
    assert contrast.darken(darker) == darker
