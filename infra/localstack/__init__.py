"""LocalStack as the AWS of a stack on this machine: its containers, and what it can take."""
