"""Many at once: real threads, each with a connection of its own, against the local stack.

The use cases run in a process of their own, `driver`; see `tests.support.driven`.
"""
