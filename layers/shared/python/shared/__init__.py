"""What every function needs and no feature owns. Becomes the Lambda layer."""
