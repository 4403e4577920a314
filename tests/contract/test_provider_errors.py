"""Every error answer of the social stand-ins is met by a test."""

from infra.local.standins.social.errors import ERRORS
from tests.support.provider_errors import marked


def test_every_error_answer_of_the_stand_ins_has_a_test() -> None:
    assert sorted(set(ERRORS) - set(marked())) == []


def test_marks_name_errors_of_the_table_only() -> None:
    assert sorted(set(marked()) - set(ERRORS)) == []
