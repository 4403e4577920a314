"""Plugin that LocalStack loads, in its own environment; see ../README.md.

Modules that import LocalStack run there only. The others import the standard library alone, and
`transactions` moto. They are tested with everything else: `function_process`, `runtime_api`,
`policies`, `identities`, `limits`, `gateway_responses`, `media_types`, `halves`, `transactions`.
"""
