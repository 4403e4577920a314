"""Tools that operate a running environment, local or on AWS."""
