"""One CDK stack per function group, the foundation below them and the gateway above."""
