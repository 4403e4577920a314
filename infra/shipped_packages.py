"""What ships of the libraries: an allow-list of packages, of their parts, and of AWS services.

What is not named here is left out of the bundles, however it was installed. A new requirement
therefore needs a line below; until then the tests of the bundles fail to import it. The licence
and the tests of a package are not shipped, and neither is anything that only compilers and type
checkers read. METADATA is, because vulnerability scanners look for it.
"""

import csv
import json
import shutil
from fnmatch import fnmatchcase
from gzip import decompress
from pathlib import Path
from typing import Any

from infra import service_models

# Services that the code makes clients of, by the names that botocore gives them.
AWS_SERVICES = frozenset(
    {
        "apigatewaymanagementapi",
        "cloudwatch",
        "dynamodb",
        "kms",
        "lambda",
        "s3",
        "sesv2",
        "sns",
        "sqs",
        "ssm",
    }
)

# Patterns of paths in a package. `*` also matches slashes. Of the patterns that match a path, the
# last one decides, and `!` excludes.
Parts = tuple[str, ...]
WHOLE: Parts = ("*",)

# By the name that is imported.
PACKAGES: dict[str, Parts] = {
    # Layer
    "aws_lambda_powertools": (
        "__init__.py",
        "package_logger.py",
        "exceptions/*",
        "logging/*",
        "metrics/*",
        "shared/*",
        "tracing/*",  # the package imports it
        "utilities/__init__.py",
        "utilities/jmespath_utils/*",
        "utilities/typing/*",
        "warnings/*",
        "!metrics/provider/datadog/*",
    ),
    "botocore": (
        "*",
        "!data/*",
        "data/_retry.json",
        "data/endpoints.json",
        "data/partitions.json",
        "data/sdk-default-configuration.json",
        *(f"data/{service}/*" for service in sorted(AWS_SERVICES)),
        "!data/*/examples-1.json",
    ),
    "chalice": ("__init__.py", "app.py"),  # its runtime; the rest is the command line
    "dateutil": ("*", "!zoneinfo/rebuild.py"),  # its zones, where the system has none
    "jmespath": WHOLE,
    "msgspec": WHOLE,
    "pynamodb": WHOLE,
    "six": WHOLE,
    "typing_extensions": WHOLE,
    "tzdata": WHOLE,  # zones of shared.platform.time_zones, where the system has none
    "ulid": ("*", "!__main__.py"),
    # Where pyOpenSSL ships, in the bundle of auth, botocore would use it instead of `ssl`.
    "urllib3": ("*", "!contrib/emscripten/*", "!contrib/pyopenssl.py"),
    # appointments
    "icalendar": WHOLE,
    # auth and the authorizer
    "_argon2_cffi_bindings": WHOLE,
    "_cffi_backend": WHOLE,  # of cffi, the part that runs; the rest generates and compiles C
    "argon2": WHOLE,
    "bcrypt": WHOLE,
    "authlib": (  # the client of OAuth 2.1 and OpenID Connect, with what importing it imports
        "__init__.py",
        "_joserfc_helpers.py",
        "consts.py",
        "deprecate.py",
        "common/*",
        "oauth2/*.py",
        "!oauth2/drafts/*",
        "!oauth2/rfc*",
        "oauth2/rfc6749/*",
        "oauth2/rfc6750/*",
        "oauth2/rfc7009/*",
        "oauth2/rfc7636/*",
        "oauth2/rfc8414/*",
        "oauth2/rfc9101/*",
        "oidc/__init__.py",
        "oidc/core/*",
    ),
    "joserfc": ("*", "!drafts/*"),
    "cryptography": WHOLE,
    "cbor2": WHOLE,
    "email_validator": ("*", "!__main__.py", "!deliverability.py"),  # no server is asked
    "pyotp": WHOLE,
    "webauthn": WHOLE,
    # webauthn imports them for statements about authenticators, which are not asked for.
    "OpenSSL": WHOLE,
    "pyasn1": WHOLE,
    "pyasn1_modules": ("__init__.py", "rfc5280.py"),
    # the inspector of files: images, color profiles, films, sounds and PDF
    "PIL": (
        "*",
        "!_imagingft.*",
        "!_imagingmath.*",
        "!_imagingmorph.*",
        "!_imagingtk.*",
    ),
    "pillow": (  # pillow.libs, what PIL is linked with
        "*",
        "!libbrotli*",
        "!libfreetype-*",
        "!libharfbuzz-*",
        "!libpng16-*",
    ),
    "_pillow_heif": WHOLE,
    "pillow_heif": WHOLE,
    "av": WHOLE,
    "pikepdf": ("*", "!pdfa/*"),
    "puremagic": WHOLE,
    # messaging
    "bson": WHOLE,
    "dns": WHOLE,  # for mongodb+srv: addresses
    # Without pyOpenSSL, which we do not ship, pymongo uses the standard library; but trying to
    # import it would load cryptography first.
    "pymongo": ("*", "!pyopenssl_context.py"),
    # notifications
    "babel": (  # python-liquid's filters of numbers and dates, in English
        "*",
        "!locale-data/*",
        "locale-data/root.dat",
        "locale-data/en.dat",
        "locale-data/en_001.dat",
        "locale-data/en_US.dat",
        "!messages/*",
        "messages/__init__.py",
        "messages/catalog.py",
        "messages/plurals.py",
    ),
    "certifi": WHOLE,
    "charset_normalizer": (
        "*",
        "!*.so",
        "!cli/*",
    ),  # requests needs it for texts, which we do not read
    "idna": WHOLE,
    "importlib_resources": WHOLE,
    "jwt": WHOLE,  # twilio's strategies of signing in import it
    "liquid": WHOLE,
    "markupsafe": WHOLE,
    "nh3": WHOLE,
    "phonenumbers": ("*", "!shortdata/region_*.py"),  # numbers of emergency services and the like
    "pybreaker": WHOLE,
    "pytz": ("*", "!zoneinfo/*"),  # python-liquid imports it
    "requests": WHOLE,
    # Our requests go through the base classes: `twilio.rest` describes every product of Twilio.
    # They are sent by our own client, so requests is imported and never used, and aiohttp, which
    # the asynchronous client needs, does not ship.
    "twilio": (
        "*",
        "!rest/*",
        "rest/__init__.py",
        "!twiml/*",
        "!jwt/*",
        "!http/async_http_client.py",
    ),
}

NEVER = ("tests/*", "*/tests/*", "*/testing/*", "*.pyi", "*.typed", "*.c", "*.h", "*.pyx", "*.pxd")


def trim(folder: Path) -> None:
    """Remove what does not ship from a folder into which packages were installed."""
    entries = sorted(folder.iterdir())
    metadata = [entry for entry in entries if entry.suffix == ".dist-info"]
    for entry in entries:
        if entry not in metadata:
            _trim_entry(entry)
    for entry in metadata:
        _trim_metadata(entry)
    if (folder / "botocore").is_dir():
        _shrink_data(folder / "botocore" / "data")


def ships(package: str, path: str) -> bool:
    """Return whether a file of a package ships, by its path in the package."""
    if any(fnmatchcase(path, pattern) for pattern in NEVER):
        return False
    shipped = False
    for pattern in PACKAGES.get(package, ()):
        if fnmatchcase(path, pattern.removeprefix("!")):
            shipped = not pattern.startswith("!")
    return shipped


def _trim_entry(entry: Path) -> None:
    package = entry.name.partition(".")[0]
    if entry.is_file():
        if not ships(package, entry.name):
            entry.unlink()
        return
    for path in sorted(entry.rglob("*"), reverse=True):  # what is in a folder before the folder
        if path.is_file() and not ships(package, path.relative_to(entry).as_posix()):
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    if not any(entry.iterdir()):
        entry.rmdir()


def _trim_metadata(entry: Path) -> None:
    """Keep METADATA, if anything is left of the package."""
    metadata = (entry / "METADATA").read_bytes()
    rows = csv.reader((entry / "RECORD").read_text().splitlines())
    files = [entry.parent / row[0] for row in rows]
    is_shipped = any(file.exists() for file in files if entry not in file.parents)
    shutil.rmtree(entry)
    if is_shipped:
        entry.mkdir()
        (entry / "METADATA").write_bytes(metadata)


def _shrink_data(folder: Path) -> None:
    """Reduce botocore's data to what clients read: without documentation and other services.

    Each client parses the model of its service, and the first one the endpoints of all services.
    """
    for path in sorted(folder.rglob("*.json.gz")):
        model = json.loads(decompress(path.read_bytes()))
        for part in model.keys() & {"operations", "shapes"}:
            model[part] = _without_documentation(model[part])
        _write(path.with_suffix(""), model)
        path.unlink()
    service_models.trim(folder)
    endpoints = json.loads((folder / "endpoints.json").read_text())
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in services if name in AWS_SERVICES}
    _write(folder / "endpoints.json", endpoints)


def _without_documentation(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _without_documentation(member)
            for name, member in value.items()
            # Text is documentation; a mapping is a field of this name.
            if not (name == "documentation" and isinstance(member, str))
        }
    if isinstance(value, list):
        return [_without_documentation(member) for member in value]
    return value


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, separators=(",", ":")))
