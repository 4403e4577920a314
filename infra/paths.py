"""Paths in this repository."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FUNCTIONS = ROOT / "functions"
LAYER = ROOT / "layers" / "shared"
EVENTS = ROOT / "events" / "domain"
REQUIREMENTS = ROOT / "requirements"
OPENAPI = ROOT / "docs" / "openapi.json"
CDK_JSON = ROOT / "cdk.json"
SWAGGER_UI = ROOT / "node_modules" / "swagger-ui-dist"
