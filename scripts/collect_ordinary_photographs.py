"""Remake the thumbnails of ordinary photographs from unpacked packages.

The plugin ships small pictures of ordinary modern photographs as its broad
colour statistics.  ``ATTRIBUTION.tsv`` beside them says, for every picture,
the package it was taken from and its path inside that package.  This script
follows that table::

    python scripts/collect_ordinary_photographs.py UNPACKED_FOLDER

``UNPACKED_FOLDER`` holds one folder for each package, named as the package is
and holding its unpacked files (``dpkg -x`` for a Debian package, ``unzip`` for
a wheel, a checkout of a repository).  A path of the form
``ARCHIVE.rcc:/ENTRY`` names an entry of a Qt resource container, and ``*`` in
it any one folder.

The pictures of ``codec-corpus`` were chosen among CID22's photographs of
things and people: each the farthest from those before in the twelve principal
axes of ``picture_statistics``, as many as fit.  None of them shows a scene
that ``prior_split`` keeps back.
"""

from __future__ import annotations

import argparse
import csv
import io
import struct
import zlib
from pathlib import Path

from PIL import Image, ImageCms, ImageOps

LONG_SIDE = 96
QUALITY = 85
TARGET = Path(__file__).parents[1] / "src/napari_retrogan/core/looks/ordinary"
DIRECTORY, ZLIB, ZSTD = 2, 1, 4  # flags of a node in a Qt resource container


def read_rcc_entry(container: bytes, entry: str) -> bytes:
    """Read one entry of a Qt resource container.

    Parameters
    ----------
    container : bytes
        The whole ``.rcc`` file.
    entry : str
        Path of the entry, starting with a slash.

    Returns
    -------
    bytes
        The entry's uncompressed content.
    """
    magic, version, tree, data, names = struct.unpack_from(">4s4I", container)
    if magic != b"qres":
        raise ValueError("not a Qt resource container")
    node_size = 22 if version >= 2 else 14

    def flags_of(node: int) -> int:
        at = tree + node * node_size
        return int.from_bytes(container[at + 4 : at + 6], "big")

    def name_of(node: int) -> str:
        (offset,) = struct.unpack_from(">I", container, tree + node * node_size)
        (length,) = struct.unpack_from(">H", container, names + offset)
        start = names + offset + 6  # two bytes of length, four of hash
        return container[start : start + 2 * length].decode("utf-16-be")

    node = 0
    for part in entry.strip("/").split("/"):
        at = tree + node * node_size + 6
        count, first = struct.unpack_from(">2I", container, at)
        children = range(first, first + count) if flags_of(node) & DIRECTORY else ()
        found = next((child for child in children if name_of(child) == part), None)
        if found is None:
            raise KeyError(f"{entry} is not in the container")
        node = found
    at = tree + node * node_size + 10
    (offset,) = struct.unpack_from(">I", container, at)
    (length,) = struct.unpack_from(">I", container, data + offset)
    content = container[data + offset + 4 : data + offset + 4 + length]
    if flags_of(node) & ZSTD:
        raise ValueError(f"{entry} is packed with zstd, which is not supported")
    # Qt puts the uncompressed length in four bytes before the zlib stream.
    return zlib.decompress(content[4:]) if flags_of(node) & ZLIB else content


def read_source(package: Path, path: str) -> bytes:
    """Read a file of an unpacked package, or an entry of a container in it.

    Parameters
    ----------
    package : Path
        Folder of the unpacked package.
    path : str
        Path inside the package, ``ARCHIVE.rcc:/ENTRY`` for a container's entry,
        with ``/*/`` for a folder of any name.

    Returns
    -------
    bytes
        Content of the original picture.
    """
    if ".rcc:/" in path:
        archive, entry = path.split(":", 1)
        return read_rcc_entry((package / archive).read_bytes(), entry)
    if "/*/" in path:
        return next(package.glob(path)).read_bytes()
    return (package / path).read_bytes()


def make_thumbnail(content: bytes) -> Image.Image:
    """Decode a picture and reduce it to the size of a thumbnail.

    Parameters
    ----------
    content : bytes
        An encoded picture.

    Returns
    -------
    Image.Image
        Upright sRGB picture, transparency laid on white, ``LONG_SIDE`` pixels
        along its longer side.
    """
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    profile = picture.info.get("icc_profile")
    if profile and picture.mode == "RGB":
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        ImageCms.profileToProfile(picture, source, target, inPlace=True)
    picture = picture.convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    picture = Image.alpha_composite(white, picture).convert("RGB")
    scale = LONG_SIDE / max(picture.size)
    if scale > 1:
        raise ValueError(f"{picture.size} is smaller than a thumbnail")
    width, height = (max(1, round(side * scale)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def main() -> None:
    """Remake every thumbnail that the attribution table lists."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("unpacked", type=Path, help="folder of unpacked packages")
    parser.add_argument("--target", type=Path, default=TARGET, help="where to write")
    options = parser.parse_args()
    table = (TARGET / "ATTRIBUTION.tsv").read_text(encoding="utf-8").splitlines()
    for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
        package = options.unpacked / row["package"].split()[0]
        thumbnail = make_thumbnail(read_source(package, row["path"]))
        file = options.target / row["file"]
        # A new picture carries none of the original's metadata.
        clean = Image.frombytes("RGB", thumbnail.size, thumbnail.tobytes())
        clean.save(file, "JPEG", quality=QUALITY, optimize=True)


if __name__ == "__main__":
    main()
