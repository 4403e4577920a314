"""Identity providers, such as Google: OAuth 2.1 and OpenID Connect, from the side of the client.

configuration    which providers there are, as the operator configured them
client           the one client of all of them: asks for a code, and proves who its owner is
documents        descriptions and keys that providers publish, cached
id_tokens        validation of ID tokens
client_secrets   secrets that have to be signed anew, such as Apple's
"""
