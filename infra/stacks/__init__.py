"""CDK stacks: one per feature, the foundation below them and the gateway above."""
