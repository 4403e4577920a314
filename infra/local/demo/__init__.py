"""Demo data, which makes a new stack look like one that people use.

Every stack has the books of one artist (`books`). `make up` adds the rest (`furnish`): more artists
with their work, clients, and what is going on between them.
"""

from infra.local.demo.books import FEATURES, open_books
from infra.local.demo.furnish import furnish

__all__ = ["FEATURES", "furnish", "open_books"]
