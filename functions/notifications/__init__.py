"""Email, SMS, push and the inbox; templates and subscriptions."""
