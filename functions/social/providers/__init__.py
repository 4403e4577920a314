"""Providers of social accounts: one module each, and what all of them share.

`social.providers.registry.get_provider(id)` returns one of them; each is a
`social.providers.protocol.Provider`.
"""
