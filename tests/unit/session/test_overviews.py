"""Overviews in the background: the map is shown meanwhile, and drawn again when they are there."""

import time
from multiprocessing import Pipe
from pathlib import Path

import numpy as np
import pytest
from platformdirs import user_cache_dir

from roverctl.session.api.map import GROUND, MapTile, Wished
from roverctl.session.wire import Done, Failed, receive_up
from roverctl.session.work.bench import Bench
from roverctl.session.work.overviews import overviews_main
from roverctl.session.work.tile_store import PINNED, TileStore
from tests.unit.terrain.rasters.writing import write

PATIENCE_S = 100.0


def tile(wished: Wished, grey: int) -> MapTile:
    _, (level, column, row) = wished
    return MapTile(level, column, row, np.full((2, 2), grey, np.uint8), None)


def test_outdated_tiles_are_shown_until_better_ones_come() -> None:
    store = TileStore()
    there, under_way = (GROUND, (3, 0, 0)), (GROUND, (3, 2, 0))
    store.want([there, under_way], [])
    assert {store.next(0, 1), store.next(0, 1)} == {there, under_way}
    store.come(there, tile(there, 1))
    store.outdate()
    assert not store.complete
    assert store.next(0, 1) == there, "it is wanted again"
    shown = store.tile((3, 0, 0), GROUND)
    assert shown is not None and shown.picture[0, 0] == 1, "and shown as it was"
    store.come(there, tile(there, 2))
    shown = store.tile((3, 0, 0), GROUND)
    assert shown is not None and shown.picture[0, 0] == 2
    store.come(under_way, tile(under_way, 1))
    store.want([there, under_way], [])
    assert store.next(0, 1) == under_way, "it was begun on the old ground"
    store.come(under_way, tile(under_way, 2))
    assert store.complete
    assert store.next(0, 1) in PINNED


def test_the_process_makes_them_and_says_so_or_why_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    file = write(tmp_path / "wide.tif", np.zeros((40, 5000), np.int16), step=1e-4)
    ours, theirs = Pipe()
    overviews_main(theirs, "change4", (str(file), "https://example.org/never-asked.tif"))
    assert isinstance(receive_up(ours), Done)
    assert (tmp_path / "cache/roverctl/overviews").is_dir()
    overviews_main(theirs, "change4", (str(tmp_path / "gone.tif"),))
    answer = receive_up(ours)
    assert isinstance(answer, Failed) and "gone.tif" in answer.text


@pytest.mark.soak  # three processes that load kernels
def test_a_large_raster_gets_overviews_beside_the_map(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Kernels come from the usual cache, whose place is fixed when it is first asked for.
    monkeypatch.setenv("NUMBA_CACHE_DIR", user_cache_dir("roverctl") + "/numba")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    file = write(tmp_path / "large.tif", np.zeros((4200, 4200), np.int16), step=1e-4)
    bench = Bench("change4", (str(file),), 1, 0)
    try:
        bench.ask("about", {})
        wanted, reopened = False, False
        deadline = time.monotonic() + PATIENCE_S
        while not reopened and time.monotonic() < deadline:
            for done, content in bench.poll():
                assert done.problem == ""
                wanted |= done.kind == "about" and content["wants_overviews"]
                reopened |= done.kind == "reopen"
            time.sleep(0.02)
        assert wanted and reopened
        levels = list((tmp_path / "cache/roverctl/overviews").glob("*/*.npy"))
        assert len(levels) == 11
        bench.ask("about", {})
        while time.monotonic() < deadline:
            answers = [content for done, content in bench.poll() if done.kind == "about"]
            if answers:
                assert answers[0]["wants_overviews"] is False
                break
            time.sleep(0.02)
        assert bench.messages == []
    finally:
        bench.close()
