"""Run a folder of picture files through batch apply at strength 0, and compare every result with its source.

A second reader (Pillow, with littlecms of its own) looks at both: pictures and frames, pixels upright and in sRGB, and
notes. Each file is right, refused in words, wrong, or ended in something unforeseen; "unknown" is what the second
reader can't read. Nothing is styled, so each difference is a fault of reading or writing.

    python benchmarks/file_fidelity.py FOLDER --report report.tsv
"""

from __future__ import annotations

import argparse
import io
import os
import tempfile
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps, ImageSequence

import napari_retrogan as rg
from napari_retrogan.core.picture_files.reading import READABLE_SUFFIXES

MOST_FRAMES = 60
LOSSY_MEAN, LOSSLESS_MEAN = 3.0, 0.6
STORAGE = {
    *range(254, 270), *range(273, 282), 284, *range(288, 294), 301, 317, *range(320, 348), *range(512, 533), 700, 34665,
    34675, 34853, 37500, 37724, 40962, 40963, 40965, 282, 283, 296, 32997, 32998, 50706, 50707,
}  # fmt: skip
INKS = {(34665, 40961)}
"""What no longer holds once colours are in sRGB."""
SRGB = ImageCms.createProfile("sRGB")


@dataclass
class Seen:
    """What the second reader sees in a file."""

    frames: list[np.ndarray]
    count: int
    tags: dict[object, object]
    profile: bool
    texts: set[str]


def look(path: Path) -> Seen:
    """Look at a file with the second reader."""
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(path) as picture:
        count = getattr(picture, "n_frames", 1)
        exif = picture.getexif()
        tags = {tag: value for tag, value in exif.items() if tag not in STORAGE}
        for group in (0x8769, 0x8825):
            tags |= {(group, tag): value for tag, value in exif.get_ifd(group).items() if tag not in STORAGE}
        if picture.mode == "CMYK":
            tags = {tag: value for tag, value in tags.items() if tag not in INKS}
        # Exif and XMP among the texts are compared as notes.
        said = getattr(picture, "text", {})
        texts = {str(said[name]) for name in said if not name.startswith(("Raw profile type ", "XML:com.adobe.xmp"))}
        profile = bool(picture.info.get("icc_profile"))
        bits = path.read_bytes()[24] if picture.format == "PNG" else int(np.ravel(exif.get(258, 16))[0])
        frames = []
        for _, frame in zip(range(MOST_FRAMES), ImageSequence.Iterator(picture), strict=False):
            if picture.format == "TIFF" and frame.tag_v2.get(254, 0) & 1 and count > 1:
                count -= 1  # A copy in another size.
            else:
                frames.append(seen(frame, bits))
        if picture.info.get("default_image"):  # For programs that don't know moving PNGs.
            frames, count = frames[1:], count - 1
    height, width = (max(frame.shape[axis] for frame in frames) for axis in (0, 1))
    if path.suffix.lower() == ".gif":  # Frames may reach beyond those before them.
        frames = [np.pad(f, ((0, height - f.shape[0]), (0, width - f.shape[1]), (0, 0))) for f in frames]
    return Seen(frames, count, tags, profile, texts)


def seen(picture: Image.Image, bits: int) -> np.ndarray:
    """Return a frame as it is shown: upright, in sRGB, RGBA in 8 bits.

    Pillow leaves greys of 9 to 15 bits as they are, and so the one transparent grey of 1 to 4 bits or of 16.
    """
    icc = picture.info.get("icc_profile")
    picture = ImageOps.exif_transpose(picture)
    clear = picture.info.get("transparency")
    if isinstance(clear, int) and picture.mode[:1] in ("1", "L", "I") and bits != 8 and picture.format != "GIF":
        array, top = np.asarray(picture).astype(np.int64), 1 if picture.mode == "1" else 255
        grey = array * 255 // top if bits < 8 else (array + 128) // 257
        if picture.mode == "1":
            clear = int(clear > 0)
        elif bits < 8:
            clear = clear * 255 // (2**bits - 1)
        return np.stack([grey, grey, grey, np.where(array == clear, 0, 255)], -1).astype(np.int16)
    if picture.mode.startswith("I"):
        array = np.asarray(picture).astype(np.int64)
        array = array * 65535 // (2**bits - 1) if 8 < bits < 16 else array
        picture = Image.fromarray(((array.clip(0, 65535) + 128) // 257).astype(np.uint8))
    elif picture.mode == "F":
        picture = Image.fromarray((np.nan_to_num(np.asarray(picture)).clip(0, 1) * 255).round().astype(np.uint8))
    if picture.mode in ("RGB", "RGBA", "CMYK", "L") and icc:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
            base = picture.convert("RGB") if alpha else picture
            picture = ImageCms.profileToProfile(base, source, SRGB, renderingIntent=1, outputMode="RGB")
            if alpha:
                picture.putalpha(alpha)
        except (ImageCms.PyCMSError, OSError):
            pass
    return np.asarray(picture.convert("RGBA")).astype(np.int16)


def compare(source: Path, result: Path) -> tuple[str, str]:
    """Return a file's class, and what is to be said of it."""
    try:
        before = look(source)
    except Exception as error:  # noqa: BLE001 - whatever it raises
        return "unknown", f"second reader: {type(error).__name__}: {error}"
    try:
        after = look(result)
    except Exception as error:  # noqa: BLE001 - whatever it raises
        return "wrong", f"result can't be read: {type(error).__name__}: {error}"
    faults = []
    if before.count != after.count:
        faults.append(f"{after.count} of {before.count} pictures")
    lossy = result.suffix.lower() in (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo")
    for number, (one, other) in enumerate(zip(before.frames, after.frames, strict=False)):
        if one.shape != other.shape:
            faults.append(f"picture {number}: {other.shape[:2]}, not {one.shape[:2]}")
            continue
        visible = one[..., 3] > 0
        colours = np.abs(one[..., :3] - other[..., :3])[visible]
        alpha = np.abs(one[..., 3] - other[..., 3])
        mean = float(colours.mean()) if colours.size else 0.0
        if mean > (LOSSY_MEAN if lossy else LOSSLESS_MEAN) or alpha.mean() > LOSSLESS_MEAN:
            faults.append(f"picture {number}: colours differ by {mean:.1f}, alpha by {alpha.mean():.1f}")
    lost = [tag for tag, value in before.tags.items() if str(after.tags.get(tag)) != str(value)]
    if lost:
        faults.append(f"notes: {lost[:8]}")
    if before.texts - after.texts and result.suffix == source.suffix:
        faults.append(f"texts: {sorted(before.texts - after.texts)[:3]!r}"[:120])
    return ("wrong" if faults else "right"), "; ".join(faults[:4])


def main() -> None:
    """Go through a folder and print what became of its files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--report", type=Path, help="a table of all files")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    look_of = rg.pretrained(rg.list_pretrained()[0].name)
    paths = sorted(
        path for path in arguments.folder.rglob("*") if path.is_file() and path.suffix.lower() in READABLE_SUFFIXES
    )
    classes: Counter[str] = Counter()
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            place = Path(folder) / os.path.relpath(path.parent, arguments.folder)
            batch = rg.apply_to_files(look_of, path, place, strength=0, grain=0, overwrite=True)
            if batch.failed:
                reason = batch.failed[0].reason.replace(str(path), path.name)
                outcome = ("unforeseen" if "couldn't be styled (" in reason else "refused"), reason
            else:
                outcome = compare(path, batch.written[0])
                batch.written[0].unlink()
            remarks = "; ".join(remark for _, remark in batch.remarks)
            classes[outcome[0]] += 1
            lines.append("\t".join([outcome[0], str(path.relative_to(arguments.folder)), outcome[1], remarks]))
            if outcome[0] in ("wrong", "unforeseen"):
                print(lines[-1], flush=True)
    if arguments.report:
        arguments.report.write_text("\n".join(lines) + "\n")
    print(f"{len(paths)} files: " + ", ".join(f"{number} {name}" for name, number in classes.most_common()))


if __name__ == "__main__":
    main()
