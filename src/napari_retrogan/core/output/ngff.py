"""OME-Zarr metadata (https://ngff.openmicroscopy.org, 0.4 and 0.5): what a store says of itself, and what to write."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.foreign.values import check_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from napari_retrogan.core.images.layout import Layout

_NEWEST = "0.5"
_KINDS = {"t": "time", "c": "channel", "z": "space", "y": "space", "x": "space"}
_COLOURS = ("FF0000", "00FF00", "0000FF")


@dataclass(frozen=True, slots=True)
class Multiscale:
    """A pyramid as OME-Zarr describes it.

    Attributes
    ----------
    version
        ``"0.4"`` (Zarr 2) or ``"0.5"`` (Zarr 3).
    description
        An entry of the list ``multiscales``, with its axes and datasets.
    omero
        How channels are to be shown, if it is said.
    """

    version: str
    description: Mapping[str, Any]
    omero: Mapping[str, Any] | None = None

    @property
    def paths(self) -> list[str]:
        """Where the levels are within the group, the largest first."""
        return [str(dataset["path"]) for dataset in self.description["datasets"]]

    @property
    def axes(self) -> list[str]:
        """The names of the axes."""
        return [axis if isinstance(axis, str) else str(axis["name"]) for axis in self.description["axes"]]

    @property
    def is_rgb(self) -> bool:
        """Whether the channels are said to be red, green and blue."""
        colours = [str(channel.get("color", "")).upper() for channel in (self.omero or {}).get("channels", ())]
        return tuple(colours[:3]) == _COLOURS and len(colours) in (3, 4)

    @property
    def zarr_format(self) -> int:
        """The version of Zarr that this version of OME-Zarr is stored in."""
        return 2 if self.version < _NEWEST else 3

    def attributes(self) -> dict[str, Any]:
        """Return the attributes of the group."""
        omero = {} if self.omero is None else {"omero": dict(self.omero)}
        if self.zarr_format == 3:
            return {"ome": {"version": self.version, "multiscales": [dict(self.description)], **omero}}
        return {"multiscales": [{**self.description, "version": self.version}], **omero}


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the axes of a picture without OME metadata are.

    Attributes
    ----------
    labels
        Names of the axes but the colours', or None.
    scale, units
        Sizes of a pixel along these axes, and their units where they are known.
    """

    labels: tuple[str, ...] | None = None
    scale: tuple[float, ...] | None = None
    units: tuple[str | None, ...] = field(default=())


def read_multiscale(attributes: Mapping[str, Any]) -> Multiscale | None:
    """Return what a group's attributes say of a pyramid, or None if they say nothing.

    Raises
    ------
    InvalidImage
        If they are not those of OME-Zarr, or longer than any picture's.
    """
    ome = attributes.get("ome", attributes)
    described = ome.get("multiscales") if isinstance(ome, dict) else None
    if not described:
        return None
    try:
        check_values([described[0], ome.get("omero"), ome.get("version")])
        description = dict(described[0])
        version = str(description.pop("version", None) or ome.get("version") or "0.4")
        read = Multiscale(version, description, ome.get("omero"))
        if not read.axes or not read.paths or not all(map(_is_inside, read.paths)):
            raise ValueError("axes or datasets are none, or outside of the store")
        read.is_rgb  # noqa: B018 - Channels that can't be read are noticed here.
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidImage(
            f"The store's OME metadata lack axes or datasets, or can't be read ({error!r:.200}); versions 0.4 and 0.5 "
            "are read."
        ) from error
    return read


def _is_inside(path: str) -> bool:
    """Tell whether a path leads from a group further into it."""
    return not {"", ".", ".."} & set(path.replace("\\", "/").split("/"))


def describe(
    name: str, layouts: Sequence[Layout], calibration: Calibration, top: float
) -> tuple[Multiscale, int | None]:
    """Describe a new pyramid, of the axes (t, c, z, y, x) those that there are.

    Parameters
    ----------
    name
        Of the picture.
    layouts
        Planes of each level; colours become the channels.
    calibration
        What is known of the axes.
    top
        The value of white.

    Returns
    -------
    tuple
        The description, and which axis of the arrays holds the channels.

    Raises
    ------
    InvalidImage
        If OME-Zarr has no room for the axes.
    """
    first = layouts[0]
    rgb, num_axes = bool(first.channels), len(first.leading) + 2
    names = _names(num_axes, rgb, calibration.labels)
    units = [*calibration.units, *[None] * num_axes][:num_axes]
    scales = [_scale(calibration.scale or (1.0,) * num_axes, first, layout) for layout in layouts]
    channel = None
    if rgb:
        channel = 1 if names[0] == "t" else 0
        names.insert(channel, "c")
        units.insert(channel, None)
        for scale in scales:
            scale.insert(channel, 1.0)
    axes = [
        {"name": name, "type": _KINDS[name], **({} if unit is None else {"unit": unit})}
        for name, unit in zip(names, units, strict=True)
    ]
    datasets = [_dataset(str(level), scale, scales[0]) for level, scale in enumerate(scales)]
    window = {"start": 0, "end": top, "min": 0, "max": top}
    channels = [{"color": colour, "active": True, "window": window} for colour in _COLOURS]
    channels += [{"color": "FFFFFF", "active": False, "window": window}] * (first.channels - len(channels))
    omero = {"channels": channels} if rgb else None
    return Multiscale(_NEWEST, {"name": name, "axes": axes, "datasets": datasets}, omero), channel


def _names(num_axes: int, rgb: bool, labels: tuple[str, ...] | None) -> list[str]:
    """Return names of axes that OME-Zarr knows, in its order."""
    order = "tzyx" if rgb else "tczyx"
    if labels is not None and set(labels) <= set(order) and list(labels) == sorted(labels, key=order.index):
        return list(labels)
    usual = {2: "yx", 3: "zyx", 4: "tzyx", 5: "tczyx"}
    if num_axes > len(order):
        raise InvalidImage(
            f"OME-Zarr has at most five axes, of time, channels and space; the picture has {num_axes + rgb}. "
            "Pass format='zarr' for a plain store."
        )
    return list(usual[num_axes])


def _scale(finest: Sequence[float], first: Layout, layout: Layout) -> list[Any]:
    """Return the sizes of a level's pixels."""
    sizes = zip(finest, (*first.leading, *first.plane_shape), (*layout.leading, *layout.plane_shape), strict=True)
    return [size * max(round(full / here), 1) for size, full, here in sizes]


def _dataset(path: str, scale: list[float], finest: list[float]) -> dict[str, Any]:
    """Describe a level: the centre of its first pixel is that of the pixels which it covers."""
    shift = [(size - small) / 2 for size, small in zip(scale, finest, strict=True)]
    transforms: list[dict[str, Any]] = [{"type": "scale", "scale": scale}]
    if any(shift):
        transforms.append({"type": "translation", "translation": shift})
    return {"path": path, "coordinateTransformations": transforms}
