"""Data stores: DynamoDB, MongoDB and optimistic concurrency."""
