"""The Lambda authorizer in front of every route that is not public."""
