"""The map's tiles on the window's side: the newest wish counts, what is pinned stays, memory is bounded."""

import numpy as np

from roverctl.session.api.map import GROUND, MapTile, Sheet, Wished
from roverctl.session.work.tile_store import KEPT_B, PINNED, TileStore

SLOPE = Sheet("slope")


def tile(wished: Wished) -> MapTile:
    _, (level, column, row) = wished
    elevation = np.zeros((256, 256), dtype=np.float32) if wished[0] == GROUND else None
    return MapTile(level, column, row, np.zeros((256, 256), dtype=np.uint8), elevation)


def make_all(store: TileStore, most: int = 10_000) -> list[Wished]:
    made: list[Wished] = []
    while len(made) < most and (wished := store.next(0, 1)) is not None:
        store.come(wished, tile(wished))
        made.append(wished)
    return made


def test_what_is_shown_comes_first_then_the_pinned_then_what_is_ahead() -> None:
    store = TileStore()
    shown: list[Wished] = [(GROUND, (2, 0, 0)), (SLOPE, (2, 0, 0))]
    ahead: list[Wished] = [(GROUND, (2, 1, 0))]
    store.want(shown, ahead)
    assert make_all(store) == [*shown, *PINNED, *ahead]
    assert store.complete


def test_only_the_newest_wish_is_made() -> None:
    store = TileStore()
    make_all(store)  # the pinned ones
    for column in range(50):
        store.want([(GROUND, (1, column, 0))], [])
    assert make_all(store) == [(GROUND, (1, 49, 0))]


def test_it_is_complete_once_what_is_shown_has_come_whatever_is_ahead() -> None:
    store = TileStore()
    assert not store.complete
    store.want([(GROUND, (1, 0, 0))], [(GROUND, (1, 1, 0))])
    assert not store.complete
    wished = store.next(0, 1)
    assert wished is not None
    assert not store.complete
    store.come(wished, tile(wished))
    assert store.complete


def test_a_tile_that_was_lost_is_wanted_again() -> None:
    store = TileStore()
    store.want([(GROUND, (1, 0, 0))], [])
    wished = store.next(0, 1)
    assert wished == (GROUND, (1, 0, 0))
    assert store.next(0, 1) != wished
    store.lost(wished)
    assert store.next(0, 1) == wished


def test_two_processes_never_make_the_same_and_keep_to_their_blocks() -> None:
    store = TileStore()
    store.want([(GROUND, (3, column, row)) for column in range(8) for row in range(8)], [])
    lanes: list[set[tuple[int, int]]] = [set(), set()]
    for _ in range(32):
        for lane in (0, 1):
            wished = store.next(lane, 2)
            assert wished is not None
            if wished[1][0] == 3:
                lanes[lane].add((wished[1][1] >> 1, wished[1][2] >> 1))
    assert lanes[0] and lanes[1] and not lanes[0] & lanes[1]


def test_memory_is_bounded_and_what_was_looked_at_last_stays() -> None:
    store = TileStore()
    wish: list[Wished] = [(GROUND, (1, column, 0)) for column in range(800)]
    store.want(wish, [])
    make_all(store)
    size = 256 * 256 * 5
    kept = [wished for wished in wish if store.tile(wished[1], wished[0]) is not None]
    assert KEPT_B - size <= len(kept) * size <= KEPT_B
    assert kept == wish[-len(kept) :]
    assert all(store.tile(key, sheet) is not None for sheet, key in PINNED)
