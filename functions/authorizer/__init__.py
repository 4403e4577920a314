"""The JWT authorizer in front of every route that is not public."""
