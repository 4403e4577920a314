"""Infrastructure: CDK stacks, bundles, generated documents, and the local stack."""
