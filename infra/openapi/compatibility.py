"""Breaking changes between two versions of the OpenAPI document.

python -m infra.openapi.compatibility [REVISION]

compares docs/openapi.json with the last committed document that differs from it, or with that of a
revision. It fails when clients of the old document would break and the version does not say so
(https://semver.org: the major number changes, or the minor one below 1.0).
"""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import msgspec

from infra.paths import OPENAPI, ROOT

_PATH = str(OPENAPI.relative_to(ROOT))

Document = dict[str, Any]
Schema = dict[str, Any]


def breaking_changes(old: Document, new: Document) -> list[str]:
    """Return one line for each change that breaks a client of the old document."""
    return [*_operations(old, new)]


def announces_breaks(old: str, new: str) -> bool:
    """Return whether the step from one version to the other allows breaking changes."""
    before, after = ([int(part) for part in version.split(".")] for version in (old, new))
    return after[0] > before[0] or (before[0] == after[0] == 0 and after[1] > before[1])


def _operations(old: Document, new: Document) -> Iterator[str]:
    for path, item in old["paths"].items():
        for method, operation in item.items():
            name = f"{method.upper()} {path}"
            current = new["paths"].get(path, {}).get(method)
            if current is None:
                yield f"{name}: removed"
                continue
            yield from (f"{name}: {change}" for change in _operation(operation, current, old, new))


def _operation(was: Any, now: Any, old: Document, new: Document) -> Iterator[str]:
    if was["operationId"] != now["operationId"]:
        yield f"operationId is now {now['operationId']}"
    yield from _parameters(was, now)
    if "requestBody" in now:
        if now["requestBody"]["required"] and not was.get("requestBody", {}).get("required"):
            yield "the body is now required"
        if "requestBody" in was:
            compare = _Comparison(old, new, is_request=True)
            yield from compare.content(was["requestBody"], now["requestBody"], "body")
    for status, response in was["responses"].items():
        if not status.startswith("2"):
            continue
        if status not in now["responses"]:
            yield f"no longer answers {status}"
            continue
        compare = _Comparison(old, new, is_request=False)
        yield from compare.content(response, now["responses"][status], f"response {status}")


def _parameters(was: Any, now: Any) -> Iterator[str]:
    before = {(each["name"], each["in"]): each for each in was.get("parameters", [])}
    after = {(each["name"], each["in"]): each for each in now.get("parameters", [])}
    for name, _ in before.keys() - after.keys():
        yield f"parameter {name} was removed"
    for (name, place), parameter in after.items():
        required_before = before.get((name, place), {}).get("required", False)
        if parameter["required"] and not required_before:
            yield f"parameter {name} is now required"


class _Comparison:
    """A comparison of schemas that may refer to components, each pair once."""

    def __init__(self, old: Document, new: Document, *, is_request: bool) -> None:
        self._old = old
        self._new = new
        self._is_request = is_request
        self._seen: set[tuple[str, str]] = set()

    def content(self, was: Any, now: Any, at: str) -> Iterator[str]:
        for kind, media in was.get("content", {}).items():
            if kind not in now.get("content", {}):
                yield f"{at} is no longer {kind}"
            else:
                yield from self.schema(media["schema"], now["content"][kind]["schema"], at)

    def schema(self, was: Schema, now: Schema, at: str) -> Iterator[str]:
        pair = (was.get("$ref", ""), now.get("$ref", ""))
        if all(pair):
            if pair in self._seen:
                return
            self._seen.add(pair)
        was, now = _resolved(was, self._old), _resolved(now, self._new)
        if "type" in was and "type" in now and was["type"] != now["type"]:
            yield f"{at} is {now['type']} now, not {was['type']}"
            return
        yield from self._values(was, now, at)
        yield from self._properties(was, now, at)
        if isinstance(was.get("items"), dict) and isinstance(now.get("items"), dict):
            yield from self.schema(was["items"], now["items"], f"{at}[]")

    def _values(self, was: Schema, now: Schema, at: str) -> Iterator[str]:
        if "enum" not in was or "enum" not in now:
            return
        before, after = {str(value) for value in was["enum"]}, {str(value) for value in now["enum"]}
        lost = before - after if self._is_request else after - before
        verb = "no longer takes" if self._is_request else "may now be"
        if lost:
            yield f"{at} {verb} {', '.join(sorted(lost))}"

    def _properties(self, was: Schema, now: Schema, at: str) -> Iterator[str]:
        before, after = was.get("properties", {}), now.get("properties", {})
        for name in before.keys() - after.keys():
            yield f"{at}.{name} was removed"
        for name in before.keys() & after.keys():
            yield from self.schema(before[name], after[name], f"{at}.{name}")
        if self._is_request:
            for name in set(now.get("required", [])) - set(was.get("required", [])):
                yield f"{at}.{name} is now required"


def _resolved(schema: Schema, document: Document) -> Schema:
    """Return the schema without reference, and without the possibility of null."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _resolved(document["components"]["schemas"][name], document)
    arms = [arm for arm in schema.get("anyOf", []) if arm.get("type") != "null"]
    return _resolved(arms[0], document) if len(arms) == 1 else schema


def main(*revisions: str) -> None:
    """Compare the document with an earlier one; exit with 1 when it breaks clients."""
    current = OPENAPI.read_bytes()
    earlier = (_git("show", f"{each}:{_PATH}") for each in revisions or _committed())
    was = next((text for text in earlier if text != current), None)
    if was is None:
        print("  … no earlier OpenAPI document to compare with")
        return
    old, new = msgspec.json.decode(was), msgspec.json.decode(current)
    changes = breaking_changes(old, new)
    versions = old["info"]["version"], new["info"]["version"]
    if changes and not announces_breaks(*versions):
        print("\n".join(sorted(changes)))
        sys.exit(f"{len(changes)} breaking changes, and the version is still {versions[1]}.")


def _committed() -> list[str]:
    """Return the last two revisions that changed the document, the newest first."""
    return _git("log", "-2", "--format=%H", "--", _PATH).decode().split()


def _git(*arguments: str) -> bytes:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout


if __name__ == "__main__":
    main(*sys.argv[1:])
