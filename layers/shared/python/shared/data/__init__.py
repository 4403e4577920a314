"""Data stores: DynamoDB, MongoDB, and concurrent writes."""
