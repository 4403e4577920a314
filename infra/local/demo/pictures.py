"""Pictures of the demo data, uploaded as any client of the API uploads them."""

from pathlib import Path

FOLDER = Path(__file__).with_name("pictures")
