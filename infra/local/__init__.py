"""The embedded stack: AWS, MongoDB and the providers' stand-ins on one machine, without Docker.

`python -m infra.local up` starts it; `stack.start` and `stack.stop` do the same from a test.
"""
