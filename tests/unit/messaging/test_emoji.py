"""Emoji: one grapheme that Unicode counts among them, in one form."""

import pytest

from messaging.rules import emoji

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
ENGLAND = "\U0001f3f4" + "".join(chr(0xE0000 + ord(each)) for each in "gbeng") + "\U000e007f"
KISS = "\U0001f469\U0001f3fb\u200d\u2764\ufe0f\u200d\U0001f48b\u200d\U0001f469\U0001f3ff"
FULLY_QUALIFIED = [
    "\U0001f44d",  # thumbs up
    "\U0001f44d\U0001f3fd",  # with a skin tone
    "\u2764\ufe0f",  # a heart, which is text without U+FE0F
    "\u261d\U0001f3ff",  # a skin tone takes the place of U+FE0F
    "1\ufe0f\u20e3",
    "#\ufe0f\u20e3",
    "\U0001f1e9\U0001f1ea",
    "\U0001f1fd\U0001f1f0",
    "\U0001f441\ufe0f\u200d\U0001f5e8\ufe0f",
    "\U0001f9d1\u200d\u2695\ufe0f",
    "\U0001f3f3\ufe0f\u200d\U0001f308",
    "\U0001fae9",  # of Unicode 16
    "\U0001fac8",  # of Unicode 17
    FAMILY,
    ENGLAND,
    KISS,
]
OTHERS = [
    "",
    "a",
    "1",
    "1\ufe0f",
    "ok",
    "\u2764\ufe0e",  # in the style of text
    "\U0001f44d\U0001f44d",
    "\U0001f44d ",
    "\U0001f44d\n",
    "\U0001f44dx",
    "\U0001f44d\u200d",
    "\u200d",
    "\ufe0f",
    "\U0001f600\U0001f3fd",  # takes no skin tone: two graphemes to look at
    "\U0001f1e9",
    "\U0001f1fd\U0001f1fd",  # no region
    "\U0001f1e9\U0001f1ea\U0001f1e9\U0001f1ea",
    "\U0001f3f4\U000e0067\U000e007f",
    FAMILY + "\u200d\U0001f466",
    "\u00e9",
    "\u20e3",
    "\u2603\u0301",
]


@pytest.mark.parametrize("written", FULLY_QUALIFIED, ids=ascii)
def test_an_emoji_has_one_form(written: str) -> None:
    assert emoji.qualify(written) == written
    assert emoji.qualify(written.replace("\ufe0f", "")) == written


@pytest.mark.parametrize("written", OTHERS, ids=ascii)
def test_anything_else_is_none(written: str) -> None:
    assert emoji.qualify(written) is None


def test_a_superfluous_style_is_dropped() -> None:
    assert emoji.qualify("\u231a\ufe0f") == "\u231a"
    assert emoji.qualify("\u261d\ufe0f\U0001f3ff") == "\u261d\U0001f3ff"
