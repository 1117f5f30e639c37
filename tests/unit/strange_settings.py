"""Files and settings as people have them, and what comes of them. Each row stands in docs/inputs.md too."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import tifffile
from PIL import Image
from strange_pictures import EIGHT, GREY, UNIT

import napari_retrogan as rg

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

READ, STYLED = "read", "styled"
ENDS = {"exposure": 2.0, "contrast": -1.0, "saturation": 1.0}
NO_PICTURE = "InvalidImage: cannot be read as a picture"


class FileCase(NamedTuple):
    """A row: words, a function that makes the file in a folder and returns its path, and the outcome."""

    given: str
    make: Callable[[Path], Path]
    trained: str = READ


class Setting(NamedTuple):
    """A row: words, a call that gets a generator, and the outcome."""

    given: str
    act: Callable[[Any], Any]
    outcome: str


def saved(name: str, mode: str | None = None, array: Any = EIGHT, **options: Any) -> Callable[[Path], Path]:
    """A picture that Pillow writes, perhaps converted first."""

    def make(folder: Path) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = Image.fromarray(array)
        (picture if mode is None else picture.convert(mode)).save(path, **options)
        return path

    return make


def bytes_of(name: str, content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def tiff(array: Any, **options: Any) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        tifffile.imwrite(folder / "picture.tif", array, **options)
        return folder / "picture.tif"

    return make


def half_of_a_jpeg(folder: Path) -> Path:
    path = saved("whole.jpg")(folder)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def deep_png(folder: Path) -> Path:
    import imagecodecs

    return bytes_of("deep.png", imagecodecs.png_encode((65535 * UNIT).astype(np.uint16)))(folder)


def vast_png() -> bytes:
    """A few bytes that claim to be a picture of 40,000 x 40,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"")), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def animation(folder: Path) -> Path:
    frames = [Image.fromarray(EIGHT), Image.fromarray(255 - EIGHT)]
    frames[0].save(folder / "moving.gif", save_all=True, append_images=frames[1:])
    return folder / "moving.gif"


def long_path(folder: Path) -> Path:
    deep = folder.joinpath(*["x" * 50] * 6)
    return saved("picture.png")(deep)


def folder_with(name: str, make: Callable[[Path], Path]) -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        (folder / name).mkdir()
        make(folder / name)
        return folder / name

    return made


FILES = [
    FileCase("a file that isn't there", lambda folder: folder / "gone.png", "InvalidImage: does not exist"),
    FileCase("a folder without pictures", folder_with("empty", lambda folder: folder),
             "InvalidImage: holds no pictures"),
    FileCase("a folder with one broken picture", folder_with("mixed", bytes_of("broken.png", b"no")), NO_PICTURE),
    FileCase("text that is named like a picture", bytes_of("text.png", b"Dear reader"), NO_PICTURE),
    FileCase("an empty file", bytes_of("empty.jpg", b""), NO_PICTURE),
    FileCase("half of a JPEG", half_of_a_jpeg, NO_PICTURE),
    FileCase("a PNG that claims 1.6 thousand million pixels", bytes_of("vast.png", vast_png()), NO_PICTURE),
    FileCase("a palette", saved("palette.png", "P")),
    FileCase("black and white, one bit", saved("bits.png", "1")),
    FileCase("grey", saved("grey.png", "L")),
    FileCase("grey with alpha", saved("grey-alpha.png", "LA")),
    FileCase("colours with alpha 0", saved("clear.png", array=np.dstack([EIGHT, np.zeros((20, 24), np.uint8)]))),
    FileCase("printer's inks (CMYK)", saved("inks.jpg", "CMYK")),
    FileCase("16 bits a channel", deep_png),
    FileCase("a moving GIF: its frames", animation),
    FileCase("a TIFF of floats", tiff(UNIT.astype(np.float32), photometric="rgb")),
    FileCase("a TIFF of four planes", tiff(np.stack([(255 * GREY).astype(np.uint8)] * 4), photometric="minisblack")),
    FileCase("a TIFF of complex numbers", tiff(GREY.astype(np.complex64), photometric="minisblack"),
             "InvalidImage: booleans, integers or real numbers"),
    FileCase("a name with emoji", saved("📷 été.png")),
    FileCase("a name from right to left", saved("תמונה ישנה.png")),
    FileCase("a name with quotes, spaces and %s", saved("it's a %s picture.png")),
    FileCase("a name that looks like a pattern", saved("cat[1]*.png")),
    FileCase("a folder that looks like a pattern", folder_with("scans [1970]", saved("picture.png"))),
    FileCase("a path of more than 300 characters", long_path),
    FileCase("a name of 300 characters", lambda folder: folder / ("x" * 296 + ".png"), "InvalidImage: too long"),
]  # fmt: skip

CONFIG = rg.TrainingConfig(num_steps=1)
OTHER = np.zeros((9, 9, 3), np.uint8)


def applying(**options: Any) -> Callable[[Any], Any]:
    return lambda generator: generator.apply(EIGHT, **options)


def training(photographs: Any, vintage: Any, **options: Any) -> Callable[[Any], Any]:
    return lambda _: rg.train(photographs, vintage, **options)


SETTINGS = [
    Setting("apply with strength -0.1", applying(strength=-0.1), "InvalidConfig: from 0 to 2"),
    Setting("apply with strength 2.1", applying(strength=2.1), "InvalidConfig: from 0 to 2"),
    Setting("apply with strength NaN", applying(strength=float("nan")), "InvalidConfig: from 0 to 2"),
    Setting("apply with strength in words", applying(strength="1"), "InvalidConfig: expected a number"),
    Setting("apply with grain None", applying(grain=None), "InvalidConfig: expected a number"),
    Setting("apply with grain 5", applying(grain=5), "InvalidConfig: from 0 to 4"),
    Setting("apply with brightness kept, as the photograph's", applying(brightness="kept"), STYLED),
    Setting("apply with brightness learnt, as the vintage pictures'", applying(brightness="learnt"), STYLED),
    Setting("apply with brightness None, the generator's own choice", applying(brightness=None), STYLED),
    Setting("apply with an unknown brightness", applying(brightness="bright"), "InvalidConfig: choose one of"),
    Setting("apply with exposure, contrast and saturation at their ends", applying(**ENDS), STYLED),
    Setting("apply with exposure 2.1, in stops", applying(exposure=2.1), "InvalidConfig: from -2 to 2"),
    Setting("apply with contrast -1.1", applying(contrast=-1.1), "InvalidConfig: from -1 to 1"),
    Setting("apply with saturation NaN", applying(saturation=float("nan")), "InvalidConfig: from -1 to 1"),
    Setting("apply with exposure in words", applying(exposure="+1"), "InvalidConfig: expected a number"),
    Setting("apply with seed -1", applying(seed=-1), "InvalidConfig: expected a whole number"),
    Setting("apply with seed 1.5", applying(seed=1.5), "InvalidConfig: expected a whole number"),
    Setting("apply with seed 2^63", applying(seed=2**63), "InvalidConfig: expected a whole number"),
    Setting("apply with white below black", applying(value_range=(1, 0)), "InvalidConfig: black below white"),
    Setting("apply with a range of one number", applying(value_range=3), "InvalidConfig: expected two numbers"),
    Setting("apply with a range to infinity", applying(value_range=(0, np.inf)), "InvalidConfig: two finite numbers"),
    Setting("apply to a region outside", applying(region=(0, 0, 99, 9)), "InvalidImage: reaches beyond"),
    Setting("apply to a region before the start", applying(region=(-1, 0, 9, 9)), "InvalidImage: begins before"),
    Setting("apply to a region of no pixels", applying(region=(0, 0, 0, 9)), "InvalidImage: has no pixels"),
    Setting("apply to a region of three numbers", applying(region=(0, 0, 9)), "InvalidConfig: four whole numbers"),
    Setting("apply to a region of fractions", applying(region=(0, 0, 9.5, 9)), "InvalidConfig: four whole numbers"),
    Setting("apply with an unknown provider", applying(providers=["Own"]), "BackendUnavailable: choose among"),
    Setting("apply to colours as a stack of grey planes (rgb=False)", applying(rgb=False), STYLED),
    Setting("apply to grey as colours (rgb=True)", lambda generator: generator.apply(GREY, rgb=True),
            "InvalidImage: at least three axes"),
    Setting("train without photographs", training([], EIGHT), "NotEnoughImages: at least one"),
    Setting("train without vintage pictures", training(EIGHT, []), "NotEnoughImages: at least one"),
    Setting("train on pairs of other numbers", training([EIGHT] * 2, EIGHT, paired=True),
            "UnpairedImages: as many of each"),
    Setting("train on pairs of other sizes", training(EIGHT, OTHER, paired=True), "UnpairedImages: same size"),
    Setting("train with settings in a dictionary", training(EIGHT, EIGHT, config={}), "InvalidConfig: TrainingConfig"),
    Setting("train in an unknown place", training(EIGHT, EIGHT, engine="cloud"),
            "InvalidConfig: choose 'process' or 'local'"),
    Setting("settings of -1 steps", lambda _: rg.TrainingConfig(num_steps=-1), "InvalidConfig: expected a value from"),
    Setting("settings of 1.5 steps", lambda _: rg.TrainingConfig(num_steps=1.5), "InvalidConfig: of type int"),
    Setting("settings with a rate that is NaN", lambda _: rg.TrainingConfig(grain_learning_rate=float("nan")),
            "InvalidConfig: expected a value from"),
    Setting("settings of earlier versions", lambda _: rg.TrainingConfig.from_dict({"loss": "hinge"}),
            "InvalidConfig: no setting 'loss' any more"),
    Setting("an unknown preset", lambda _: rg.TrainingConfig.preset("worst"), "InvalidConfig: choose one of"),
    Setting("open a file that isn't there", lambda _: rg.load_generator("gone.retrogan"),
            "InvalidGeneratorFile: check its name"),
    Setting("open a folder", lambda _: rg.load_generator("."), "InvalidGeneratorFile: check its name"),
    Setting("save into a folder that isn't there", lambda generator: generator.save("gone/look.retrogan"),
            "InvalidGeneratorFile: make it first"),
    Setting("export to an unknown format", lambda generator: generator.export("look.psd"),
            "InvalidConfig: .cube or .onnx"),
]  # fmt: skip
