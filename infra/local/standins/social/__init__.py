"""Stand-ins of the networks that artists connect: Meta, Google, and Google's token revocation.

Each answers below its own path of the inbox's address with the provider's wire format, holds its
clients to what the provider holds them to, and obeys a control API (`/_control`) in tests.
"""
