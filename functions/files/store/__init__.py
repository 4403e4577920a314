"""Store of files: the only modules that talk to its DynamoDB table and its bucket."""
