"""How the functions become infrastructure: CDK, bundles, generated documents, the local stack."""
