"""An OpenSearch in memory: the part of its REST API and query DSL that searches use.

What it does not know it refuses, so a request that the tests make is one that OpenSearch takes as
far as its documentation says (opensearch.org/docs/latest/query-dsl).
"""

import json
import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

from shared.platform.outside_calls import Answer

EARTH_RADIUS_KM = 6371.0088
Document = dict[str, Any]


class OpenSearch:
    """An index `artists`, which exists once it was created."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.mappings: dict[str, Any] | None = None
        self.requests: list[tuple[str, str]] = []
        self.status: int | None = None  # of every answer, if it is set

    def send(self, method: str, path: str, body: bytes) -> Answer:
        """Answer a request."""
        self.requests.append((method, path))
        if self.status is not None:
            return Answer(self.status, b"{}")
        if method == "PUT":
            self.mappings = json.loads(body)["mappings"]
            return _answer({"acknowledged": True})
        if self.mappings is None:
            return Answer(404, b"{}")
        match method, path:
            case "POST", "/artists/_bulk":
                return _answer({"items": self._change(list(map(json.loads, body.splitlines())))})
            case "POST", "/artists/_search":
                return _answer(self._search(json.loads(body)))
        return Answer(200 if (method, path) == ("HEAD", "/artists") else 400, b"")

    def _change(self, lines: list[Any]) -> list[Any]:
        outcomes = []
        rest = iter(lines)
        for line in rest:
            ((action, target),) = line.items()
            key = target["_id"]
            status = 200 if key in self.documents else 404
            if action == "index":
                self.documents[key], status = next(rest), 201
            elif action == "update":
                changes = next(rest)["doc"]
                if key in self.documents:
                    self.documents[key] = {**self.documents[key], **changes}
            else:
                assert action == "delete"
                self.documents.pop(key, None)
            outcomes.append({action: {"_id": key, "status": status}})
        return outcomes

    def _search(self, request: dict[str, Any]) -> dict[str, Any]:
        found = [each for each in self.documents.items() if _matches(request["query"], each[1])]
        shown = [each for each in found if _matches(request.get("post_filter"), each[1])]
        hits = sorted(
            ((_rank(request.get("sort", []), document), key) for key, document in shown),
            key=lambda hit: _order(request.get("sort", []), hit[0]),
        )
        if "search_after" in request:
            after = _order(request["sort"], request["search_after"])
            hits = [hit for hit in hits if _order(request["sort"], hit[0]) > after]
        return {
            "hits": {
                "total": {"value": len(shown), "relation": "eq"},
                "hits": [
                    {
                        "_id": key,
                        "_source": {name: self.documents[key][name] for name in request["_source"]},
                        "sort": rank,
                    }
                    for rank, key in hits[: request["size"]]
                ],
            },
            "aggregations": _aggregate(request.get("aggs", {}), [each for _, each in found]),
        }


def _answer(content: Any) -> Answer:
    return Answer(200, json.dumps(content).encode())


# ---- queries -----------------------------------------------------------------------------------


def _matches(query: dict[str, Any] | None, document: Document) -> bool:
    if query is None:
        return True
    ((kind, body),) = query.items()
    if kind == "bool":
        should = [_matches(each, document) for each in body.get("should", [])]
        return all(_matches(each, document) for each in body.get("filter", [])) and (
            not should or sum(should) >= body["minimum_should_match"]
        )
    if kind == "nested":
        path = body["path"]
        return any(_matches(body["query"], {path: each}) for each in document.get(path, []))
    if kind == "geo_distance":
        place = document.get("place")
        radius = float(body["distance"].removesuffix("km"))
        return place is not None and _km(body["place"], place) <= radius
    ((name, wanted),) = body.items()
    return any(_has(kind, wanted, value) for value in _values(document, name))


def _has(kind: str, wanted: dict[str, Any], value: Any) -> bool:
    match kind:
        case "term":
            return bool(wanted["value"] == value)
        case "prefix":
            return bool(value.startswith(wanted["value"]))
        case "fuzzy":
            assert (wanted["fuzziness"], wanted["transpositions"]) == (1, True)
            return _is_similar(wanted["value"], value)
        case "range":
            return bool(wanted.get("gt", -math.inf) < value <= wanted.get("lte", math.inf))
    raise AssertionError(f"{kind} is not known here")


def _values(document: Any, name: str) -> list[Any]:
    value = document
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _is_similar(word: str, other: str) -> bool:
    """Return whether words differ by at most one letter, or by two neighbours that are swapped."""
    if abs(len(word) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(word), len(other)) and word[start] == other[start]:
        start += 1
    one, two = word[start:], other[start:]
    swapped = one[1:2] + one[:1] + one[2:]
    return one[1:] == two or one == two[1:] or one[1:] == two[1:] or swapped == two


def _km(start: dict[str, float], end: dict[str, float]) -> float:
    lat_1, lat_2 = math.radians(start["lat"]), math.radians(end["lat"])
    half_lon = math.radians(end["lon"] - start["lon"]) / 2
    part = math.sin((lat_2 - lat_1) / 2) ** 2
    part += math.cos(lat_1) * math.cos(lat_2) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(part)))


# ---- order -------------------------------------------------------------------------------------


def _rank(sort: list[dict[str, Any]], document: Document) -> list[Any]:
    rank: list[Any] = []
    for each in sort:
        ((name, how),) = each.items()
        if name == "_geo_distance":
            assert how["unit"] == "km"
            rank.append(_km(how["place"], document["place"]))
            continue
        values = _values(document, name)
        assert values or how.get("missing") == "_last"
        # What OpenSearch answers for a missing long, ascending.
        rank.append(values[0] if values else 2**63 - 1)
    return rank


def _order(sort: list[dict[str, Any]], rank: Iterable[Any]) -> list[Any]:
    directions = [next(iter(each.values()))["order"] for each in sort]
    return [
        -value if direction == "desc" else value
        for value, direction in zip(rank, directions, strict=True)
    ]


# ---- aggregations ------------------------------------------------------------------------------


def _aggregate(asked: dict[str, Any], documents: list[Document]) -> dict[str, Any]:
    return {name: _count(each, documents) for name, each in asked.items()}


def _count(asked: dict[str, Any], documents: list[Document]) -> dict[str, Any]:
    inner = asked.get("aggs", {})
    if "filter" in asked:
        kept = [each for each in documents if _matches(asked["filter"], each)]
        return {"doc_count": len(kept), **_aggregate(inner, kept)}
    if "filters" in asked:
        return {
            "buckets": {
                name: {"doc_count": sum(_matches(each, one) for one in documents)}
                for name, each in asked["filters"]["filters"].items()
            }
        }
    terms = asked["terms"]
    counts = Counter(key for each in documents for key in _values(each, terms["field"]))
    if terms.get("order") == {"_key": "desc"}:
        ordered = sorted(counts.items(), reverse=True)
    else:
        assert "order" not in terms
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    buckets = []
    for key, count in ordered[: terms["size"]]:
        bucket: dict[str, Any] = {"key": int(key) if isinstance(key, bool) else key}
        if isinstance(key, bool):
            bucket["key_as_string"] = str(key).lower()
        those = [each for each in documents if key in _values(each, terms["field"])]
        buckets.append({**bucket, "doc_count": count, **_aggregate(inner, those)})
    return {"buckets": buckets}
