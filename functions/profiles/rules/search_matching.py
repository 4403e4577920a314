"""Search in segments: which artists match, in which order, and how many there are of each kind.

Every criterion is a set of artists for each segment, and the criteria of a search are intersected.
So any combination of them (a style near a place, a word in a city) is answered exactly, and counts
are the sizes of sets.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from heapq import nsmallest

from msgspec import Struct

from domain.search_words import is_unspaced
from profiles.rules import geo, guest_spots, search_typos
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
from profiles.rules.search_segments import NO_PRICE, Segment, list_positions, make_set

MIN_PREFIX = 2  # letters of a word that is taken for the beginning of others
PRICE_BANDS = (0, 5_000, 10_000, 20_000, 50_000)  # where bands start, in minor units
_UNKNOWN_DAY = 9_999_999  # after every date
_UNKNOWN_PRICE = 10**15  # above every amount


class _Criteria(Struct, frozen=True):
    """The artists of a segment who match each kind of criterion."""

    others: int  # words and place, which no facet chooses
    style: int
    city: int
    price: int
    books: int

    @property
    def all(self) -> int:
        return self.others & self.style & self.city & self.price & self.books


class _Matched(Struct, frozen=True):
    """What a search found in a segment, with the distances of artists near its place."""

    segment: Segment
    criteria: _Criteria
    distances: Mapping[int, float]


def find(
    segments: Sequence[tuple[Segment, int]],
    criteria: SearchFilter,
    after: Position | None,
    limit: int,
    now: datetime,
) -> Answer:
    """Return a page of the artists who match.

    If nobody matches all words, some may be mistyped by one letter: those that nobody has, or any
    of them if each is somebody's.

    Args:
        segments: Segments that hold every artist who can match, and who of them may be found.
        criteria: What to find, in which order.
        after: Where the page before ended.
        limit: Number of artists of a page.
        now: Guest spots that are over by then do not match.
    """
    tolerant = after is not None and after.tolerant
    tolerated = _list_tolerated(segments, criteria) if tolerant else frozenset[str]()
    matched = [_match(each, found, criteria, now, tolerated) for each, found in segments]
    if after is None and not any(each.criteria.all for each in matched):
        tolerated = _list_tolerated(segments, criteria)
        tolerant = bool(tolerated)
        if tolerant:
            matched = [_match(each, found, criteria, now, tolerated) for each, found in segments]
    last = after.rank if after else None
    ranked = nsmallest(
        limit + 1,
        (
            (rank, number, position)
            for number, each in enumerate(matched)
            for rank, position in _list_ranks(each, criteria, last)
        ),
    )
    page = [_build_hit(matched[number], rank, place) for rank, number, place in ranked[:limit]]
    return Answer(
        hits=page,
        end=Position(tolerant, page[-1].rank) if len(ranked) > limit else None,
        total=sum(each.criteria.all.bit_count() for each in matched),
        facets=_count_facets(matched, criteria) if criteria.with_facets else None,
    )


# ---- criteria ----------------------------------------------------------------------------------


def _match(
    segment: Segment, found: int, criteria: SearchFilter, now: datetime, tolerated: frozenset[str]
) -> _Matched:
    for word in criteria.words:
        found &= _find_word(segment, word, word in tolerated)
    found, distances = _find_near(segment, criteria, found)
    everybody = segment.everybody
    sets = _Criteria(
        others=found,
        style=everybody if criteria.style is None else segment.with_style(criteria.style),
        city=everybody if criteria.city is None else _find_city(segment, criteria.city, now),
        price=_find_affordable(segment, criteria, found),
        books={None: everybody, True: segment.open_books, False: everybody ^ segment.open_books}[
            criteria.books_open
        ],
    )
    return _Matched(segment, sets, distances)


def _list_tolerated(
    segments: Iterable[tuple[Segment, int]], criteria: SearchFilter
) -> frozenset[str]:
    """Return the words that may be mistyped: those that nobody near the place has, or any."""
    unsure = frozenset(filter(search_typos.may_be_mistyped, criteria.words))
    if not unsure:
        return unsure
    near = [(each, _find_near(each, criteria, found)[0]) for each, found in segments]
    unknown = {
        word
        for word in unsure
        if not any(_find_word(each, word, False) & found for each, found in near)
    }
    return frozenset(unknown) or unsure


def _find_near(
    segment: Segment, criteria: SearchFilter, among: int
) -> tuple[int, dict[int, float]]:
    """Return who of some artists is near the place of a search, with their distances from it."""
    if criteria.place is None or not among:
        return among, {}
    cells = geo.list_covering_cells(criteria.place, criteria.radius_km)
    distances = {
        position: distance
        for position in list_positions(among & segment.in_cells(cells))
        if (distance := geo.get_distance_km(criteria.place, segment.get_place(position)))
        <= criteria.radius_km
    }
    return make_set(distances, segment.size), distances


def _find_word(segment: Segment, word: str, tolerant: bool) -> int:
    if len(word) >= MIN_PREFIX or is_unspaced(word):
        found = segment.with_prefix(word)
    else:
        found = segment.with_word(word)
    if tolerant:
        for meant in search_typos.list_known(word, segment.letters, segment.has_word):
            found |= segment.with_word(meant)
    return found


def _find_city(segment: Segment, city: str, now: datetime) -> int:
    """Return the artists who work in a city: at home there, or as a guest now or later."""
    found = segment.at_home_in(city)
    for position, spots in segment.terms.spots.items():
        if guest_spots.find_in_city(spots, city, now) is not None:
            found |= 1 << position
    return found


def _find_affordable(segment: Segment, criteria: SearchFilter, among: int) -> int:
    if criteria.max_price is None:
        return segment.everybody
    prices = segment.prices.get(criteria.currency or "")
    if prices is None:
        return 0
    affordable = (
        position
        for position in list_positions(among)
        if NO_PRICE < prices[position] <= criteria.max_price
    )
    return make_set(affordable, segment.size)


# ---- order -------------------------------------------------------------------------------------


def _list_ranks(
    matched: _Matched, criteria: SearchFilter, after: Rank | None
) -> list[tuple[Rank, int]]:
    """Return the ranks and positions of the artists who match and come after a rank."""
    ids = matched.segment.terms.artist_ids
    rank = _choose_rank(matched, criteria)
    ranked = [
        ((*rank(position), ids[position]), position)
        for position in list_positions(matched.criteria.all)
    ]
    return ranked if after is None else [each for each in ranked if each[0] > after]


def _build_hit(matched: _Matched, rank: Rank, position: int) -> Hit:
    segment = matched.segment
    artist_id = segment.terms.artist_ids[position]
    return Hit(artist_id, rank, segment.get_rating(position), segment.get_next_free(position))


def _choose_rank(matched: _Matched, criteria: SearchFilter) -> Callable[[int], Rank]:
    segment = matched.segment
    if criteria.sort is Sort.DISTANCE:
        return lambda position: (matched.distances[position],)
    if criteria.sort is Sort.NEXT_FREE:
        return lambda position: (segment.days[position] or _UNKNOWN_DAY,)
    if criteria.sort is Sort.PRICE:
        prices = segment.prices.get(criteria.currency or "")
        if prices is None:
            return lambda _position: (_UNKNOWN_PRICE,)
        return lambda position: (
            prices[position] if prices[position] != NO_PRICE else _UNKNOWN_PRICE,
        )
    reviews, totals = segment.reviews, segment.totals
    return lambda position: (
        -totals[position] / reviews[position] if reviews[position] else 0,
        -reviews[position],
    )


# ---- facets ------------------------------------------------------------------------------------


def _count_facets(matched: Iterable[_Matched], criteria: SearchFilter) -> Facets:
    styles: Counter[str] = Counter()
    cities: Counter[str] = Counter()
    names: dict[str, str] = {}
    prices: Counter[PriceBand] = Counter()
    books: Counter[bool] = Counter({True: 0, False: 0})
    for each in matched:
        segment, sets = each.segment, each.criteria
        if not sets.others:
            continue
        by_style = sets.others & sets.city & sets.price & sets.books
        for style in segment.styles:
            styles[style] += (by_style & segment.with_style(style)).bit_count()
        by_city = sets.others & sets.style & sets.price & sets.books
        for city, name in segment.terms.cities.items():
            cities[city] += (by_city & segment.at_home_in(city)).bit_count()
            names[city] = max(name, names.get(city, ""))
        by_price = list_positions(sets.others & sets.style & sets.city & sets.books)
        for currency, column in segment.prices.items():
            if criteria.currency in (None, currency):
                _count_prices(prices, currency, [column[position] for position in by_price])
        by_books = sets.others & sets.style & sets.city & sets.price
        is_open = (by_books & segment.open_books).bit_count()
        books[True] += is_open
        books[False] += by_books.bit_count() - is_open
    return Facets(
        styles={style: count for style, count in styles.items() if count},
        cities={names[city]: count for city, count in cities.items() if count},
        prices=dict(prices),
        books=dict(books),
    )


def _count_prices(prices: "Counter[PriceBand]", currency: str, amounts: Iterable[int]) -> None:
    for start, below in zip(PRICE_BANDS, (*PRICE_BANDS[1:], None), strict=True):
        number = sum(
            1 for amount in amounts if amount >= start and (below is None or amount < below)
        )
        if number:
            prices[PriceBand(currency, start, below)] += number
