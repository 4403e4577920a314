"""Security headers: what every response says to browsers (OWASP Secure Headers Project).

Functions add them in `FeatureApp`, and API Gateway to the errors that it answers itself
(infra/constructs/api_definition.py). A route may set a header of its own instead.
"""

# A response of the API is data: a browser that shows it as a page loads, runs and frames nothing.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "referrer-policy": "no-referrer",
    # Browsers ignore it over plain HTTP, as on localhost (RFC 6797, 8.1).
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
}
