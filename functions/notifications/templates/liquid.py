"""The Liquid that templates are written in: enough to fill in and to choose, too little to run.

There are no loops, no ranges, no partials and no filter that multiplies text, and what a filter
makes has a limit. So rendering takes time and room in proportion to the template's length, which
is limited when it is saved. `safe` is missing too: what is filled into HTML is always escaped.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any

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
MAX_ASSIGNED_BYTES = 100_000
MAX_RENDERED_BYTES = 200_000


class TemplateError(Exception):
    """The template is wrong; the message is for its author."""


def parse(source: str, *, html: bool = False) -> "BoundTemplate":
    """Read a template. Raises TemplateError for what is not our Liquid."""
    environment = _environment(html)
    try:
        template = environment.from_string(source)
    except Exception as error:
        raise _template_error(error) from error
    # Parentheses make ranges, and `(1..1000000000000) contains 'x'` would never come back.
    tokens = environment.tokenizer()(source)
    if any(token.kind == "expression" and "(" in token.value for token in tokens):
        raise TemplateError("parentheses are not allowed inside a tag")
    return template


def variables(template: "BoundTemplate") -> set[str]:
    """The names a template expects to be given."""
    return set(template.global_variables(include_partials=False))


def render(template: "BoundTemplate", values: Mapping[str, object]) -> str:
    """Fill in a template. Raises TemplateError for what cannot be filled in."""
    try:
        return template.render(values)
    except Exception as error:
        raise _template_error(error) from error


@lru_cache
def _environment(html: bool) -> "Environment":
    # Imported here because it takes 140 ms and only functions that render need it.
    from liquid import Environment  # noqa: PLC0415

    class Language(Environment):
        block_nesting_limit = 10
        local_namespace_limit = MAX_ASSIGNED_BYTES
        output_stream_limit = MAX_RENDERED_BYTES

        def setup_tags_and_filters(self, *, extra: bool = False) -> None:
            super().setup_tags_and_filters(extra=extra)
            self.filters["date"] = _uncached(self.filters["date"])
            self.tags = {name: self.tags[name] for name in TAGS}
            self.filters = {name: _bounded(self.filters[name]) for name in FILTERS}

    return Language(autoescape=html)


class _Uncached(datetime):
    """A moment that no cache takes for another one."""

    __hash__ = object.__hash__


def _uncached(date: Callable[..., Any]) -> Callable[..., Any]:
    """Liquid's `date`, past its cache: there 09:00 in Berlin is equal to 08:00 in London.

    The second would be shown as the first, by the wrong clock.
    """

    @wraps(date)
    def uncached(moment: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(moment, datetime):
            moment = _Uncached.combine(moment.date(), moment.timetz())
        return date(moment, *arguments, **options)

    return uncached


def _bounded(apply: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(apply)
    def bounded(*arguments: Any, **options: Any) -> Any:
        result = apply(*arguments, **options)
        if isinstance(result, str) and len(result) > MAX_FILTERED_CHARACTERS:
            raise TemplateError("a filter makes too much text")
        return result

    return bounded


def _template_error(error: Exception) -> TemplateError:
    # Liquid's own messages speak of the template; those of accidents would speak of Python.
    from liquid.exceptions import LiquidError  # noqa: PLC0415

    if isinstance(error, TemplateError):
        return error
    return TemplateError(str(error.message) if isinstance(error, LiquidError) else "does not work")
