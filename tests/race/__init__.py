"""Race tests: real threads, each with its own connections, against the local stack.

The use cases run in a process of their own, `driver`; see `tests.support.driven`.
"""
