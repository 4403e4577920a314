"""Captions of media, as a portfolio takes them."""

import re

from domain.social_media import MAX_CAPTION

ELLIPSIS = "…"
# A hashtag is a word, in any script; a number sign before digits alone is not one.
_HASHTAG = re.compile(r"(?<![\w#&])#(?!\d+\b)\w+")


def trim_caption(text: str, limit: int = MAX_CAPTION) -> str:
    """Return a caption of at most `limit` characters, with as many of its hashtags as possible.

    What does not fit is cut at the end of a word. Hashtags of the part that was cut follow in their
    order, as far as they leave half of the space to the text.
    """
    text = _normalize(text)
    if len(text) <= limit:
        return text
    head = _cut(text, limit - len(ELLIPSIS))
    for _ in range(len(text)):
        kept = set(_HASHTAG.findall(head))
        lost = [tag for tag in dict.fromkeys(_HASHTAG.findall(text)) if tag not in kept]
        tail = _join(lost, limit // 2)
        room = limit - len(ELLIPSIS) - len(tail)
        if len(head) <= room:
            return head + ELLIPSIS + tail
        head = _cut(head, room)
    return head


def _join(tags: list[str], limit: int) -> str:
    tail = ""
    for tag in tags:
        if len(tail) + len(tag) + 1 <= limit:
            tail += f" {tag}"
    return tail


def _cut(text: str, limit: int) -> str:
    """Return the first words of a text."""
    if len(text) <= limit:
        return text
    head = text[: limit + 1]
    boundary = max(head.rfind(" "), head.rfind("\n"))
    return (head[:boundary] if boundary > limit // 2 else head[:limit]).rstrip()


def _normalize(text: str) -> str:
    lines = (line.rstrip() for line in text.replace("\r\n", "\n").split("\n"))
    return "".join(char for char in "\n".join(lines).strip() if char == "\n" or char.isprintable())
