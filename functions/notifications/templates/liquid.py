"""The subset of Liquid that templates may use.

There are no loops, ranges or partials, and no filter that multiplies text; the output of a filter
is limited, and so are numbers. So rendering takes time and memory in proportion to the length of
the template, which is limited when it is saved. There is no `safe` filter either: values in HTML
are always escaped.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any

from notifications.rules import local_time, locales

if TYPE_CHECKING:
    from liquid import BoundTemplate, Environment

TAGS = {"if", "unless", "case", "assign", "comment", "#", "content", "output", "illegal"}
FILTERS = {
    "abs", "append", "at_least", "at_most", "capitalize", "ceil", "date", "default", "divided_by",
    "downcase", "escape", "escape_once", "floor", "lstrip", "minus", "modulo", "newline_to_br",
    "plus", "prepend", "remove", "round", "rstrip", "size", "strip", "times", "truncate",
    "truncatewords", "upcase", "url_encode",
}  # fmt: skip
MAX_FILTERED_CHARACTERS = 20_000
MAX_NUMBER_BITS = 256  # multiplied again and again, larger ones would take minutes
MAX_ASSIGNED_BYTES = 100_000
MAX_RENDERED_BYTES = 200_000


class TemplateError(Exception):
    """The template is wrong. The message is for its author."""


def parse(source: str, *, html: bool = False, locale: str = locales.DEFAULT) -> "BoundTemplate":
    """Parse a template.

    Args:
        source: The template.
        html: Whether it makes HTML, in which values are escaped.
        locale: Language of the days and months that its dates show.

    Raises:
        TemplateError: It is not in our subset of Liquid.
    """
    environment = _environment(html, locales.get_language(locale))
    try:
        template = environment.from_string(source)
    except Exception as error:
        raise _template_error(error) from error
    # Parentheses make ranges, and `(1..1000000000000) contains 'x'` would never come back.
    tokens = environment.tokenizer()(source)
    if any(token.kind == "expression" and "(" in token.value for token in tokens):
        raise TemplateError("parentheses are not allowed inside a tag")
    return template


def list_variables(template: "BoundTemplate") -> set[str]:
    """List the names of the values that a template uses."""
    return set(template.global_variables(include_partials=False))


def render(template: "BoundTemplate", values: Mapping[str, object]) -> str:
    """Render a template.

    Raises:
        TemplateError: It cannot be rendered with these values.
    """
    try:
        return template.render(values)
    except Exception as error:
        raise _template_error(error) from error


@lru_cache
def _environment(html: bool, language: str) -> "Environment":
    # Imported here because the import takes 140 ms and only functions that render need it.
    from liquid import Environment  # noqa: PLC0415

    class Language(Environment):
        block_nesting_limit = 10
        local_namespace_limit = MAX_ASSIGNED_BYTES
        output_stream_limit = MAX_RENDERED_BYTES

        def setup_tags_and_filters(self, *, extra: bool = False) -> None:
            super().setup_tags_and_filters(extra=extra)
            self.filters["date"] = _without_cache(self.filters["date"], language)
            self.tags = {name: self.tags[name] for name in TAGS}
            self.filters = {name: _with_limit(self.filters[name]) for name in FILTERS}

    return Language(autoescape=html)


class _UncachedInstant(datetime):
    """An instant that no cache takes for an equal one in another time zone."""

    __hash__ = object.__hash__


def _without_cache(date: Callable[..., Any], language: str) -> Callable[..., Any]:
    """Wrap Liquid's `date`, in whose cache 09:00 in Berlin is equal to 08:00 in London.

    The second would be shown in the local time of the first. A time of day that the clock shows
    twice gets its offset. Days and months are named in the language.
    """

    @wraps(date)
    def date_without_cache(value: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(value, datetime):
            if arguments and isinstance(arguments[0], str):
                pattern = local_time.add_offset(value, arguments[0])
                named = locales.name_days(value, pattern, language)
                arguments = (type(arguments[0])(named), *arguments[1:])
            value = _UncachedInstant.combine(value.date(), value.timetz())
        return date(value, *arguments, **options)

    return date_without_cache


def _with_limit(apply: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(apply)
    def apply_with_limit(*arguments: Any, **options: Any) -> Any:
        result = apply(*arguments, **options)
        if isinstance(result, str) and len(result) > MAX_FILTERED_CHARACTERS:
            raise TemplateError("a filter makes too much text")
        if isinstance(result, int) and result.bit_length() > MAX_NUMBER_BITS:
            raise TemplateError("a filter makes too large a number")
        return result

    return apply_with_limit


def _template_error(error: Exception) -> TemplateError:
    # Liquid's own messages are about the template; those of other errors would be about Python.
    from liquid.exceptions import LiquidError  # noqa: PLC0415

    if isinstance(error, TemplateError):
        return error
    return TemplateError(str(error.message) if isinstance(error, LiquidError) else "does not work")
