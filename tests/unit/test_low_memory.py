"""Where memory runs out, applying goes on one tile at a time, then in smaller tiles, and says so."""

import threading
from types import SimpleNamespace

import dask.array as da
import numpy as np
import pytest

from napari_retrogan.core.architecture import TILE_SIZE
from napari_retrogan.core.errors import InvalidGeneratorFile, LowMemoryWarning, OutOfMemory
from napari_retrogan.core.inference import style_tile
from napari_retrogan.core.inference.low_memory import SMALLEST_TILE, quarters, retry_in_less_memory
from napari_retrogan.core.inference.session import run_outputs
from napari_retrogan.core.inference.tiling import Region, Tile

# What a test doesn't wait for with pytest.warns is raised after it.
pytestmark = pytest.mark.filterwarnings("ignore::napari_retrogan.core.errors.LowMemoryWarning")

LAST_ROWS = 48
"""How high the tiles at the lower end of the photograph are, whose 300 rows end 44 rows below a whole one."""


@pytest.fixture
def short_of_memory(monkeypatch):
    """Lets the network fail for lack of memory whenever a test says so; gives the sizes of tiles that ran."""

    def make(fails):
        run, sizes = style_tile.run_session, []

        def run_if_it_fits(session, output, feeds):
            image = feeds["image"]
            if fails(image):
                raise MemoryError
            sizes.append(image.shape[2] - 6)
            return run(session, output, feeds)

        monkeypatch.setattr(style_tile, "run_session", run_if_it_fits)
        return sizes

    return make


def at_first():
    """Fail at the first attempt on every tile."""
    seen = set()

    def fails(image):
        new = image.tobytes() not in seen
        seen.add(image.tobytes())
        return new

    return fails


@pytest.mark.parametrize("as_given", [np.asarray, lambda image: da.from_array(image, chunks=(128, 200, 3))])
def test_a_second_attempt_alone_gives_the_same_bits(generator, photograph, short_of_memory, as_given):
    expected = generator.apply(photograph)
    sizes = short_of_memory(at_first())
    with pytest.warns(LowMemoryWarning, match="the same pixels"):
        assert np.array_equal(np.asarray(generator.apply(as_given(photograph))), expected)
    assert set(sizes) == {TILE_SIZE, LAST_ROWS}


@pytest.mark.parametrize(
    "options", [{}, {"region": (100, 30, 170, 260), "fringes": 0}, {"grain": 0, "vignette": 0.5, "fringes": 0}], ids=str
)
def test_tiles_become_as_small_as_they_must_and_say_so(generator, photograph, short_of_memory, options):
    picture = photograph.astype(np.float32) / 255
    expected = generator.apply(picture, **options)
    sizes = short_of_memory(lambda image: image.shape[2] > 70)
    with pytest.warns(LowMemoryWarning, match="tiles of 64 px"):
        styled = generator.apply(picture, **options)
    assert set(sizes) == {64, LAST_ROWS}
    # Between pixels, places are known to some 1e-5 of a pixel, in each size of tile to others.
    assert np.allclose(styled, expected, atol=1e-4)
    assert np.allclose(styled, expected, atol=2e-6) or options.get("fringes", 1)


def test_without_any_memory_the_error_says_what_to_do(generator, photograph, short_of_memory):
    short_of_memory(lambda image: True)
    with pytest.warns(LowMemoryWarning), pytest.raises(OutOfMemory, match="close other programs"):
        generator.apply(photograph)


def test_a_second_attempt_waits_for_the_others_and_they_for_it():
    lock, running, beside = threading.Lock(), [0], []
    tried = threading.local()

    def style(tile):
        with lock:
            running[0] += 1
        try:
            if not getattr(tried, "once", False):
                tried.once = True
                raise MemoryError
            with lock:
                beside.append(running[0])
            return np.zeros((1, 1))
        finally:
            with lock:
                running[0] -= 1

    tile = Tile(0, 0, TILE_SIZE, Region(0, 0, 1, 1))
    threads = [threading.Thread(target=retry_in_less_memory, args=(style, tile)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert beside == [1] * 8


@pytest.mark.parametrize(
    "kept", [Region(256, 512, 256, 256), Region(300, 600, 30, 20), Region(383, 512, 2, 256)], ids=str
)
def test_quarters_keep_each_pixel_once(kept):
    parts = list(quarters(Tile(256, 512, 256, kept)))
    covered = np.zeros((kept.height, kept.width), int)
    for part in parts:
        assert part.size == 128
        assert part.top <= part.kept.top
        assert part.kept.bottom <= part.top + 128
        covered[part.kept.within(kept.top, kept.left)] += 1
    assert np.all(covered == 1)
    assert TILE_SIZE % SMALLEST_TILE == 0


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("Failed to allocate memory for requested buffer of size 1099511627776", MemoryError),
        ("std::bad_alloc", MemoryError),
        ("Non-zero status code: shapes don't match", InvalidGeneratorFile),
    ],
)
def test_a_lack_of_memory_is_told_from_a_graph_that_does_not_fit(words, error):
    def run(*_):
        raise RuntimeError(words)

    with pytest.raises(error):
        run_outputs(SimpleNamespace(get_inputs=list, run=run), ["result"], {})
