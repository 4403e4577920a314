"""Store of policies: the only modules that talk to its DynamoDB table."""
