"""Small films for tests: their numbers computed here by the formulas of BT.601 and BT.709, and coded without loss."""

from fractions import Fraction

import av
import numpy as np

LUMA = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114)}
LOSSLESS = {"libx264": {"qp": "0"}, "libx265": {"x265-params": "lossless=1:log-level=none"}, "ffv1": {}}
LOSSLESS["libvpx-vp9"] = {"lossless": "1"}
SOUND = {".webm": "libopus", ".mov": "pcm_s16le"}
CONTAINERS = (".mp4", ".mov", ".mkv", ".webm")
UNIT = Fraction(1, 1000)
_SOUND_RATE, _SOUND_BLOCK = 48_000, 1024


def video_codec(path):
    """Return the encoder that tests use for a container."""
    return "libvpx-vp9" if path.suffix == ".webm" else "libx264"


def stored(rgb, matrix=1, *, full=False, depth=8):
    """Return colours (..., 3) in [0, 1] as numbers of Y, Cb and Cr, not rounded."""
    red, blue = LUMA[matrix]
    luma = rgb @ np.array([red, 1 - red - blue, blue])
    tints = (rgb[..., 2] - luma) / (2 * (1 - blue)), (rgb[..., 0] - luma) / (2 * (1 - red))
    step, white = 2 ** (depth - 8), 2**depth - 1
    spans = (white, white, 0) if full else (219 * step, 224 * step, 16 * step)
    return np.stack([spans[2] + spans[0] * luma, *(128 * step + spans[1] * tint for tint in tints)], -1)


def moving(number=12, height=48, width=64):
    """Return frames (number, height, width, 3) uint8, smooth and each another."""
    rows, columns, frames = np.mgrid[:height, :width, :number].transpose(0, 3, 1, 2) / (height, width, number)[0]
    channels = [0.5 + 0.3 * np.sin(3 * rows + 2 * columns + shift + frames) for shift in range(3)]
    return np.rint(255 * np.stack(channels, -1)).astype(np.uint8)


def flat(colours, height=48, width=64):
    """Return frames of one colour each, of 8 bits."""
    return np.broadcast_to(np.asarray(colours, np.uint8)[:, None, None], (len(colours), height, width, 3))


def make_film(
    path,
    frames,
    *,
    times=None,
    unit=UNIT,
    codec=None,
    pixel_format="yuv420p",
    matrix=1,
    tags=None,
    full=False,
    sound=False,
    rotation=0,
    key_distance=5,
    prepare=lambda file, stream: None,
):
    """Write frames (T, Y, X, 3) of 8 bits as a film.

    ``tags`` are (matrix, transfer, primaries) as the file tells them, by default the matrix and BT.709.
    """
    times = range(0, 40 * len(frames), 40) if times is None else times
    codec = codec or video_codec(path)
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=25, options=LOSSLESS[codec])
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pixel_format
        context = stream.codec_context
        context.time_base, context.gop_size = unit, key_distance
        context.colorspace, context.color_trc, context.color_primaries = tags or (matrix, 1, 1)
        context.color_range = 2 if full else 1
        if rotation:
            stream.set_display_rotation(rotation)
        prepare(file, stream)
        track = add_sound(file, path) if sound else None
        for time, pixels in zip(times, frames, strict=True):
            frame = coded_frame(pixels, pixel_format, matrix, full=full)
            frame.pts, frame.time_base = time, unit
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
        if track is not None:
            mux_sound(file, track, float(unit * max(times)) + 0.04)
    return path


def coded_frame(pixels, pixel_format, matrix=1, *, full=False):
    """Return pixels (Y, X, 3) as a frame of a YUV format; neighbours that share a colour get their first one's."""
    height, width = pixels.shape[:2]
    frame = av.VideoFrame(width, height, pixel_format)
    depth = frame.format.components[0].bits
    numbers = np.rint(stored(pixels / 255, matrix, full=full, depth=depth))
    dtype = np.uint8 if depth == 8 else np.uint16
    for channel, plane in enumerate(frame.planes):
        steps = -(-height // plane.height), -(-width // plane.width)
        values = np.zeros((plane.height, plane.line_size // np.dtype(dtype).itemsize), dtype)
        values[:, : plane.width] = numbers[:: steps[0], :: steps[1], channel]
        plane.update(values.tobytes())
    return frame


def add_sound(file, path):
    """Return a new stream for sound."""
    return file.add_stream(SOUND.get(path.suffix, "aac"), rate=_SOUND_RATE, layout="mono")


def mux_sound(file, track, seconds):
    """Write a tone."""
    resampler = av.AudioResampler(track.codec_context.format.name, "mono", _SOUND_RATE)
    for start in range(0, int(seconds * _SOUND_RATE), _SOUND_BLOCK):
        wave = np.sin(np.arange(start, start + _SOUND_BLOCK, dtype=np.float32) / 20)[None]
        frame = av.AudioFrame.from_ndarray(wave, "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = _SOUND_RATE, start, Fraction(1, _SOUND_RATE)
        for part in resampler.resample(frame):
            file.mux(track.encode(part))
    file.mux(track.encode())


def packets(path, kind="audio"):
    """Return time in seconds, length and bytes of each packet of a kind, in their order of time."""
    with av.open(str(path)) as file:
        found = [packet for packet in file.demux() if packet.stream.type == kind and packet.size]
        return sorted((float(each.pts * each.time_base), each.duration, bytes(each)) for each in found)


def shown(path):
    """Return times in seconds and pixels (Y, X, 3) by FFmpeg's own conversion, of a film as players show it."""
    with av.open(str(path)) as file:
        frames = list(file.decode(video=0))
        return [frame.time for frame in frames], np.stack([frame.to_ndarray(format="rgb24") for frame in frames])


def tags(path):
    """Return matrix, transfer, primaries and range of a film's frames."""
    with av.open(str(path)) as file:
        frame = next(file.decode(video=0))
        return frame.colorspace, frame.color_trc, frame.color_primaries, frame.color_range
