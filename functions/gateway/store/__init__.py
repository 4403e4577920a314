"""DynamoDB table of the gateway: the migration from the monolith. See `table` for its keys."""
