"""A look as a file for other programs, of the kind that the file's ending names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.atomic_file import new_file, write_file
from napari_retrogan.core.errors import InvalidConfig

if TYPE_CHECKING:
    import os

    from napari_retrogan.core.generator_file.contents import GeneratorContents

SUFFIXES = (".cube", ".onnx")


def export_generator(
    generator: GeneratorContents,
    path: str | os.PathLike[str],
    *,
    size: int = 33,
    image: Any = None,
    overwrite: bool = False,
) -> Path:
    """Write a look as a colour table or as a neural network.

    A ``.cube`` table holds what the look does to flat areas, at the mean distance from the picture's centre:
    neither grain nor softness nor vignette. Photo and film editors read it. An ``.onnx`` graph holds the
    look for one tile; ``core.graphs.generator_graph.build_graph`` states its inputs. Neither has particles, a screen
    or marks, which are drawn by place and not by a network: `draw_marks` gives marks as a picture to lay above.

    Parameters
    ----------
    generator
        The look.
    path
        Where to; ends in ``.cube`` or ``.onnx``, and ``~`` is the home folder.
    size
        Colours a side of a table, from 2 to 129.
    image
        The photograph whose overall tone a table is to suit, one plane; by default mid-grey.
    overwrite
        Whether an existing file may be replaced.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    InvalidConfig
        If the ending or the size is none of these.
    InvalidImage
        If the image can't be read as one photograph.
    InvalidGeneratorFile
        If the file exists and may not be replaced, or can't be written.
    """
    kind = Path(path).suffix.lower()
    if kind not in SUFFIXES:
        raise InvalidConfig(f"{path} ends in {kind!r}; a look is exported to a name that ends in .cube or .onnx.")
    path = new_file(path, f"look{kind}", overwrite=overwrite)
    if kind == ".onnx":
        data = generator.graph
    else:
        from napari_retrogan.core.export.cube import cube_text

        data = cube_text(generator, size, image).encode("ascii")
    return write_file(path, data)
