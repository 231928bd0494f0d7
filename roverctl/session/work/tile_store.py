"""The map's tiles on the window's side: what is wanted, what is on its way, what has come and is kept."""

from typing import Final

from roverctl.session.api.map import GROUND, MapTile, Sheet, Wished
from roverctl.terrain.tiling import TileKey

KEPT_B: Final = 160 << 20  # of tiles that have come: some 500 of the ground, or 640 of products
# Coarse ground about the site that is always there: the basin, 524, 33 and 2 km across, so that there is something to
# show wherever one looks next.
PINNED_LEVELS: Final = (16, 12, 8, 4)
PINNED: Final = tuple(
    (GROUND, (level, column, row)) for level in PINNED_LEVELS for column in range(-2, 2) for row in range(-2, 2)
)


class TileStore:
    """Tiles by what they show and where; the least used go first, pinned ones never."""

    def __init__(self) -> None:
        self._shown: list[Wished] = []
        self._wish: list[Wished] = []
        self._later: list[Wished] = list(PINNED)
        self._coming: set[Wished] = set()
        self._tiles: dict[Wished, MapTile] = {}
        self._pinned: dict[Wished, MapTile] = {}
        self._bytes = 0
        self._outdated: set[Wished] = set()  # tiles that are shown until better ones come
        self._begun_before: set[Wished] = set()  # under way since before the ground got better

    def want(self, wish: list[Wished], ahead: list[Wished]) -> None:
        """Most wanted first; replaces the last wish. What is pinned comes before what is ahead."""
        self._shown = wish
        self._wish = [wished for wished in wish if not self._has(wished)]
        self._later = [wished for wished in (*PINNED, *ahead) if not self._has(wished)]

    def _has(self, wished: Wished) -> bool:
        return (wished in self._tiles or wished in self._pinned) and wished not in self._outdated

    def outdate(self) -> None:
        """The ground can be drawn better now: all tiles are wanted again, and shown until the new ones come."""
        self._outdated = {*self._tiles, *self._pinned}
        self._begun_before = set(self._coming)
        self.want(self._shown, [])

    def tile(self, key: TileKey, sheet: Sheet) -> MapTile | None:
        """A tile that is there; asking keeps it."""
        wished = (sheet, key)
        pinned = self._pinned.get(wished)
        if pinned is not None:
            return pinned
        tile = self._tiles.pop(wished, None)
        if tile is not None:
            self._tiles[wished] = tile
        return tile

    def next(self, lane: int, lanes: int) -> Wished | None:
        """What to make next in one of some processes; it counts as coming from then on.

        Blocks of 2 x 2 tiles are made in the same process, which may have made something for all of them at once.
        """
        for queue in (self._wish, self._later):
            queue[:] = [wished for wished in queue if wished not in self._coming and not self._has(wished)]
            ours = (i for i, (_, (_, column, row)) in enumerate(queue) if ((column >> 1) + (row >> 1)) % lanes == lane)
            place = next(ours, None)
            if place is not None:
                wished = queue.pop(place)
                self._coming.add(wished)
                return wished
        return None

    @property
    def backlog(self) -> int:
        """Tiles that are shown now and not even begun."""
        return len(self._wish)

    def lost(self, wished: Wished) -> None:
        """A tile was under way and will not come: it is wanted as before."""
        self._coming.discard(wished)
        self._wish.insert(0, wished)

    def come(self, wished: Wished, tile: MapTile) -> None:
        """Take a tile in; the least used make room."""
        self._coming.discard(wished)
        self._outdated.discard(wished)
        if wished in self._begun_before:
            self._begun_before.discard(wished)
            self._outdated.add(wished)
        if wished in PINNED:
            self._pinned[wished] = tile
            return
        older = self._tiles.pop(wished, None)
        self._bytes -= 0 if older is None else _size_b(older)
        self._tiles[wished] = tile
        self._bytes += _size_b(tile)
        while self._bytes > KEPT_B and len(self._tiles) > 1:
            oldest = next(iter(self._tiles))
            self._bytes -= _size_b(self._tiles.pop(oldest))
            self._outdated.discard(oldest)

    @property
    def complete(self) -> bool:
        """Whether everything that is shown now has come, and there is something."""
        return bool(self._shown) and all(self._has(wished) for wished in self._shown)

    @property
    def share(self) -> float:
        """How much of what is shown now has come."""
        return sum(map(self._has, self._shown)) / len(self._shown) if self._shown else 0.0


def _size_b(tile: MapTile) -> int:
    return tile.picture.nbytes + (0 if tile.elevation_m is None else tile.elevation_m.nbytes)
