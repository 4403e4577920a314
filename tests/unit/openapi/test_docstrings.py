"""Docstrings describe fields, in Google style."""

import msgspec

from infra.openapi import docstrings


class Base:
    """A base.

    Attributes:
        name: Name of the thing. Example: Ada
        size: Size in bytes.
    """


class Documented(Base):
    """A thing that is
    described over two lines.

    More about it.

    Attributes:
        size: Size in bytes,
            rounded up.
            Example: 42
        tags: Words.
            Example: ["a", "b"]
        note: Text with a number. Example: 42 Main Street

    Raises:
        ValueError: It is wrong.
    """


def test_the_body_ends_at_the_first_section() -> None:
    assert docstrings.body(Documented) == (
        "A thing that is\ndescribed over two lines.\n\nMore about it."
    )


def test_fields_are_described_over_several_lines() -> None:
    assert docstrings.fields(Documented)["size"].description == "Size in bytes, rounded up."


def test_examples_are_json_where_they_can_be() -> None:
    fields = docstrings.fields(Documented)
    assert fields["size"].example == 42
    assert fields["tags"].example == ["a", "b"]
    assert fields["note"].example == "42 Main Street"


def test_a_class_inherits_descriptions_and_may_replace_them() -> None:
    fields = docstrings.fields(Documented)
    assert (fields["name"].description, fields["name"].example) == ("Name of the thing.", "Ada")
    assert docstrings.fields(Base)["size"].example is msgspec.UNSET


def test_a_class_without_docstring_describes_nothing() -> None:
    class Silent:
        pass

    assert docstrings.fields(Silent) == {}
    assert docstrings.body(Silent) == ""
