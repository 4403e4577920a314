"""Health of the platform, this document and its reader."""
