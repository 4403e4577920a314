"""Requests to OpenSearch and its answers, as an engine for searches beyond the segments.

Only this part of its query DSL is used: `bool` with `filter` and `should`, `term`, `prefix`,
`fuzzy`, `range`, `nested`, `geo_distance`; `post_filter`; `filter`, `filters` and `terms`
aggregations; `sort` with `search_after`. Results are those of segments, in the same order.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from domain.search_words import is_unspaced, normalize
from profiles.models.reviews import Rating
from profiles.models.search import FoundSpot, IndexedArtist, PendingChanges, PendingPage, Standing
from profiles.rules import guest_spots, search_typos
from profiles.rules.search_filter import (
    Answer,
    Facets,
    Hit,
    Position,
    PriceBand,
    Rank,
    SearchFilter,
    Sort,
)
from profiles.rules.search_matching import MIN_PREFIX, PRICE_BANDS
from profiles.rules.search_segments import get_digest

MAX_BUCKETS = 1_000
_UNKNOWN_DAY = 9_999_999

MAPPINGS: dict[str, Any] = {
    "dynamic_templates": [{"prices": {"path_match": "prices.*", "mapping": {"type": "long"}}}],
    "properties": {
        "artistId": {"type": "keyword"},
        "words": {"type": "keyword"},
        "styles": {"type": "keyword"},
        "city": {"type": "keyword"},
        "cityName": {"type": "keyword"},
        "guestSpots": {
            "type": "nested",
            "properties": {"cities": {"type": "keyword"}, "endsAt": {"type": "long"}},
        },
        "place": {"type": "geo_point"},
        "priceBands": {"type": "keyword"},
        "booksOpen": {"type": "boolean"},
        "average": {"type": "double"},
        "reviews": {"type": "integer"},
        "ratings": {"type": "integer"},
        "nextFree": {"type": "integer"},
        "digest": {"type": "long"},
    },
}


# ---- changes -----------------------------------------------------------------------------------


def build_bulk(pending: PendingChanges) -> bytes:
    """Return the body of a `_bulk` request that makes these changes; empty without any."""
    lines: list[Any] = []
    for artist_id, page in pending.pages.items():
        if page is None:
            lines.append({"delete": {"_id": artist_id}})
        else:
            lines.append({"index": {"_id": artist_id}})
            lines.append(build_document(page, pending.update(artist_id, page.standing)))
    for artist_id, rating in pending.ratings.items():
        if artist_id not in pending.pages:
            lines += [{"update": {"_id": artist_id}}, {"doc": _build_rating(rating)}]
    for artist_id, day in pending.next_free.items():
        if artist_id not in pending.pages:
            lines += [{"update": {"_id": artist_id}}, {"doc": {"nextFree": _build_day(day)}}]
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)


def build_document(page: PendingPage, standing: Standing) -> dict[str, Any]:
    """Return the document of an artist."""
    entry = page.entry
    document: dict[str, Any] = {
        "artistId": entry.artist_id,
        "words": list(entry.words),
        "styles": list(entry.styles),
        "city": normalize(entry.city),
        "cityName": entry.city,
        "guestSpots": [_build_spot(spot) for spot in entry.guest_spots],
        "prices": entry.prices,
        "priceBands": [_name_band(currency, price) for currency, price in entry.prices.items()],
        "booksOpen": entry.books_open,
        "digest": get_digest(entry),
        **_build_rating(standing.rating),
        "nextFree": _build_day(standing.next_free),
    }
    if entry.coordinates is not None:
        document["place"] = {"lat": entry.coordinates.lat, "lon": entry.coordinates.lon}
    return document


def _build_spot(spot: FoundSpot) -> dict[str, Any]:
    after = datetime.combine(spot.last_date + timedelta(1), time(), ZoneInfo(spot.time_zone))
    return {
        "cities": guest_spots.list_cities(spot.location),
        "endsAt": int(after.astimezone(UTC).timestamp()),
    }


def _build_rating(rating: Rating) -> dict[str, Any]:
    average = rating.total / rating.count if rating.count else 0.0
    return {"average": average, "reviews": rating.count, "ratings": rating.total}


def _build_day(day: date | None) -> int:
    return day.toordinal() if day else _UNKNOWN_DAY


def _name_band(currency: str, price: int) -> str:
    return f"{currency} {max(start for start in PRICE_BANDS if start <= price)}"


# ---- searches ----------------------------------------------------------------------------------


def build_search(
    criteria: SearchFilter,
    after: Rank | None,
    limit: int,
    now: datetime,
    tolerated: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Return the body of a `_search` request for a page.

    Args:
        criteria: What to find, in which order.
        after: Rank of the last artist of the page before.
        limit: Number of artists of the page; one more is asked for.
        now: Guest spots that are over by then do not match.
        tolerated: Words that may be mistyped.
    """
    chosen = dict(_list_chosen(criteria, now))
    words = [_match_word(word, word in tolerated) for word in criteria.words]
    request: dict[str, Any] = {
        "size": limit + 1,
        "track_total_hits": True,
        "_source": ["ratings", "reviews", "nextFree"],
        "query": _all_of([*words, *_list_near(criteria)]),
        "post_filter": _all_of(chosen.values()),
        "sort": _build_sort(criteria),
    }
    if after is not None:
        request["search_after"] = list(after)
    if criteria.with_facets:
        request["aggs"] = {
            name: {
                "filter": _all_of(one for other, one in chosen.items() if other != name),
                "aggs": {"values": values},
            }
            for name, values in _FACETS.items()
        }
    return request


def build_count_of_words(criteria: SearchFilter) -> dict[str, Any]:
    """Return the body of a `_search` request that counts who has each word near the place."""
    words = list_unsure(criteria)
    return {
        "size": 0,
        "query": _all_of(_list_near(criteria)),
        "aggs": {"words": {"filters": {"filters": {w: _match_word(w, False) for w in words}}}},
    }


def build_lookup(artist_id: str) -> dict[str, Any]:
    """Return the body of a `_search` request for an artist."""
    return {
        "size": 1,
        "_source": ["digest", "ratings", "reviews", "nextFree"],
        "query": _all_of([{"term": {"artistId": {"value": artist_id}}}]),
    }


def read_indexed(answer: Mapping[str, Any]) -> IndexedArtist | None:
    """Return the artist who was looked up; None if there is none."""
    for hit in answer["hits"]["hits"]:
        return IndexedArtist(hit["_source"]["digest"], _read_standing(hit["_source"]))
    return None


def list_unsure(criteria: SearchFilter) -> list[str]:
    """Return the words that are long enough to be mistyped."""
    return [word for word in criteria.words if search_typos.may_be_mistyped(word)]


def read_unknown(answer: Mapping[str, Any]) -> frozenset[str]:
    """Return the words that nobody has."""
    buckets = answer["aggregations"]["words"]["buckets"]
    return frozenset(word for word, bucket in buckets.items() if not bucket["doc_count"])


def read_total(answer: Mapping[str, Any]) -> int:
    """Return the number of artists who match."""
    total: int = answer["hits"]["total"]["value"]
    return total


def read_answer(
    answer: Mapping[str, Any], criteria: SearchFilter, limit: int, *, tolerant: bool
) -> Answer:
    """Return the page that OpenSearch answered."""
    listed = answer["hits"]["hits"]
    hits = [_read_hit(hit) for hit in listed[:limit]]
    return Answer(
        hits=hits,
        end=Position(tolerant, hits[-1].rank) if len(listed) > limit else None,
        total=read_total(answer),
        facets=_read_facets(answer["aggregations"], criteria) if criteria.with_facets else None,
    )


def _match_word(word: str, tolerant: bool) -> dict[str, Any]:
    is_prefix = len(word) >= MIN_PREFIX or is_unspaced(word)
    exact = {"prefix" if is_prefix else "term": {"words": {"value": word}}}
    if not tolerant:
        return exact
    fuzzy = {"fuzzy": {"words": {"value": word, "fuzziness": 1, "transpositions": True}}}
    return {"bool": {"should": [exact, fuzzy], "minimum_should_match": 1}}


def _list_near(criteria: SearchFilter) -> Iterator[dict[str, Any]]:
    if criteria.place is not None:
        place = {"lat": criteria.place.lat, "lon": criteria.place.lon}
        yield {"geo_distance": {"distance": f"{criteria.radius_km}km", "place": place}}


def _list_chosen(criteria: SearchFilter, now: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the criteria of facets."""
    if criteria.style is not None:
        yield "styles", {"term": {"styles": {"value": criteria.style}}}
    if criteria.city is not None:
        ahead = [
            {"term": {"guestSpots.cities": {"value": criteria.city}}},
            {"range": {"guestSpots.endsAt": {"gt": int(now.timestamp())}}},
        ]
        yield (
            "cities",
            {
                "bool": {
                    "should": [
                        {"term": {"city": {"value": criteria.city}}},
                        {"nested": {"path": "guestSpots", "query": _all_of(ahead)}},
                    ],
                    "minimum_should_match": 1,
                }
            },
        )
    if criteria.max_price is not None:
        yield "prices", {"range": {f"prices.{criteria.currency}": {"lte": criteria.max_price}}}
    if criteria.books_open is not None:
        yield "books", {"term": {"booksOpen": {"value": criteria.books_open}}}


def _all_of(filters: Any) -> dict[str, Any]:
    return {"bool": {"filter": list(filters)}}


def _build_sort(criteria: SearchFilter) -> list[dict[str, Any]]:
    last = {"artistId": {"order": "asc"}}
    if criteria.sort is Sort.DISTANCE and criteria.place is not None:
        place = {"lat": criteria.place.lat, "lon": criteria.place.lon}
        return [{"_geo_distance": {"place": place, "order": "asc", "unit": "km"}}, last]
    if criteria.sort is Sort.NEXT_FREE:
        return [{"nextFree": {"order": "asc"}}, last]
    if criteria.sort is Sort.PRICE:
        unknown = {"missing": "_last", "unmapped_type": "long"}
        return [{f"prices.{criteria.currency}": {"order": "asc", **unknown}}, last]
    return [{"average": {"order": "desc"}}, {"reviews": {"order": "desc"}}, last]


_FACETS: dict[str, dict[str, Any]] = {
    "styles": {"terms": {"field": "styles", "size": MAX_BUCKETS}},
    "cities": {
        "terms": {"field": "city", "size": MAX_BUCKETS},
        "aggs": {
            "name": {"terms": {"field": "cityName", "size": 1, "order": {"_key": "desc"}}},
        },
    },
    "prices": {"terms": {"field": "priceBands", "size": MAX_BUCKETS}},
    "books": {"terms": {"field": "booksOpen", "size": 2}},
}


def _read_hit(hit: Mapping[str, Any]) -> Hit:
    standing = _read_standing(hit["_source"])
    return Hit(hit["_id"], tuple(hit["sort"]), standing.rating, standing.next_free)


def _read_standing(source: Mapping[str, Any]) -> Standing:
    day = source["nextFree"]
    return Standing(
        Rating(source["reviews"], source["ratings"]),
        None if day == _UNKNOWN_DAY else date.fromordinal(day),
    )


def _read_facets(answers: Mapping[str, Any], criteria: SearchFilter) -> Facets:
    buckets = {name: answers[name]["values"]["buckets"] for name in _FACETS}
    counted = {bucket["key_as_string"]: bucket["doc_count"] for bucket in buckets["books"]}
    return Facets(
        styles={bucket["key"]: bucket["doc_count"] for bucket in buckets["styles"]},
        cities={
            bucket["name"]["buckets"][0]["key"]: bucket["doc_count"]
            for bucket in buckets["cities"]
            if bucket["key"]
        },
        prices={
            band: bucket["doc_count"]
            for bucket in buckets["prices"]
            if (band := _read_band(bucket["key"])).currency == (criteria.currency or band.currency)
        },
        books={True: counted.get("true", 0), False: counted.get("false", 0)},
    )


def _read_band(name: str) -> PriceBand:
    currency, start = name.split(" ")
    place = PRICE_BANDS.index(int(start))
    below = PRICE_BANDS[place + 1] if place + 1 < len(PRICE_BANDS) else None
    return PriceBand(currency, int(start), below)
