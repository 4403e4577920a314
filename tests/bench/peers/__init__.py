"""Peers of `make bench`: the same small API in three other frameworks.

Each decodes and validates what it receives, takes the caller from the authorizer's context, makes
the calls that our function made, encodes a typed response and logs one line.
"""
