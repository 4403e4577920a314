"""Embedded stack: AWS, MongoDB and stand-ins of the providers on one machine, without Docker.

`python -m infra.local up` starts it; tests call `stack.start` and `stack.stop`.
"""
