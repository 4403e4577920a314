"""The OpenAPI document, made from the routes, the types of their handlers and their docstrings."""

from infra.openapi.document import document, text

__all__ = ["document", "text"]
