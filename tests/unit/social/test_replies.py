"""Replies to guests: whether a message at the provider can be a part of ours."""

import pytest

from social.models.messages import OutgoingPart
from social.use_cases import replies

TEXT, PICTURE = OutgoingPart(text="See you. "), OutgoingPart(file_id="fil_1")


@pytest.mark.parametrize(
    ("part", "text", "has_attachments", "wanted"),
    [
        (TEXT, " See you.", False, True),
        (TEXT, "See you.", True, False),
        (TEXT, "See you soon.", False, False),
        (OutgoingPart(), "", False, True),
        (PICTURE, "", True, True),
        (PICTURE, "", False, False),
        (PICTURE, "See you.", False, False),
    ],
)
def test_a_part_is_recognised_by_its_text_or_its_attachment(
    part: OutgoingPart, text: str, has_attachments: bool, wanted: bool
) -> None:
    assert replies.is_same(part, text, has_attachments=has_attachments) is wanted
