"""What else is in a film than its frames: subtitles, covers, attachments, chapters, notes, and what can't be kept."""

import io

import av
import numpy as np
import pytest
from PIL import Image

from film_making import UNIT, add_sound, coded_frame, make_film, moving, mux_sound, packets
from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.films.reading import Film
from napari_retrogan.core.films.writing import FilmWriter

FONT = b"some font " * 30


def rewritten(source, suffix=None):
    """Write a film's own frames again, and return where and what was said."""
    result = source.with_stem("result").with_suffix(suffix or source.suffix)
    with Film(source) as film, FilmWriter(result, film) as writer:
        for frame in film.frames():
            writer.write(frame, frame.pixels)
        writer.finish()
    return result, writer.remarks


def tracks(path):
    """Return kind, language and purpose of each stream."""
    with av.open(str(path)) as file:
        return [(each.type, each.metadata.get("language"), each.disposition) for each in file.streams]


@pytest.fixture
def rich(tmp_path):
    """A film with two languages, subtitles and a font for them."""
    path = tmp_path / "film.mkv"
    subtitles = tmp_path / "said.srt"
    subtitles.write_text("1\n00:00:00,100 --> 00:00:00,300\nHello\n\n2\n00:00:00,320 --> 00:00:00,400\nWorld\n")
    with av.open(str(path), "w") as file, av.open(str(subtitles)) as said:
        stream = file.add_stream("libx264", rate=25, options={"qp": "0"})
        stream.height, stream.width, stream.pix_fmt = 48, 64, "yuv420p"
        sounds = [add_sound(file, path) for _ in range(2)]
        words = file.add_stream_from_template(said.streams[0])
        for track, language in zip((*sounds, words), ("eng", "deu", "fra"), strict=True):
            track.metadata["language"] = language
        file.add_attachment("font.ttf", "application/x-truetype-font", FONT)
        for pixels in moving(12):
            file.mux(stream.encode(coded_frame(pixels, "yuv420p")))
        file.mux(stream.encode())
        for track in sounds:
            mux_sound(file, track, 0.5)
        for packet in said.demux():
            if packet.size:
                packet.stream = words
                file.mux(packet)
    return path


def test_languages_subtitles_and_attachments_stay(rich):
    result, remarks = rewritten(rich)
    assert remarks == []
    assert tracks(result) == tracks(rich)
    assert [language for _, language, _ in tracks(result)] == [None, "eng", "deu", "fra", None]
    assert packets(result) == packets(rich)
    assert packets(result, "subtitle") == packets(rich, "subtitle")
    with av.open(str(result)) as file:
        (attachment,) = file.streams.attachments
        assert attachment.data == FONT


def test_what_a_container_cannot_hold_is_said(rich):
    result, remarks = rewritten(rich, ".mp4")
    assert remarks == ["its subtitle track (srt) is left out", "its attachment track is left out"]
    assert packets(result)[0][2] == packets(rich)[0][2]


def test_sound_that_a_container_cannot_hold_is_refused(tmp_path):
    source = make_film(tmp_path / "film.mp4", moving(3), sound=True)
    with pytest.raises(InvalidImage, match=r"sound \(aac\).*\.webm.*\.mkv"):
        rewritten(source, ".webm")
    assert packets(rewritten(source, ".mkv")[0])[0][2] == packets(source)[0][2]
    with pytest.raises(InvalidImage, match=r"\.gif.*expected \.m4v or"):
        rewritten(source, ".gif")


def test_title_place_date_and_chapters_stay(tmp_path):
    notes = {"title": "Holiday", "comment": "at the sea", "location": "+52.5000+013.4000/"}
    notes["creation_time"] = "2020-07-01T12:00:00.000000Z"

    def prepare(file, _):
        file.metadata.update(notes)
        file.set_chapters([{"id": 1, "start": 0, "end": 200, "time_base": UNIT, "metadata": {"title": "Beach"}}])

    source = make_film(tmp_path / "film.mp4", moving(12), sound=True, prepare=prepare)
    result, remarks = rewritten(source)
    assert remarks == []
    with av.open(str(result)) as file:
        assert {key: file.metadata[key] for key in notes} == notes
        assert [each["metadata"] for each in file.chapters()] == [{"title": "Beach"}]


def test_notes_of_apple_stay(tmp_path):
    notes = {"com.apple.quicktime.make": "Apple", "com.apple.quicktime.location.ISO6709": "+52.5+013.4/"}
    plain, source = make_film(tmp_path / "plain.mov", moving(3)), tmp_path / "film.mov"
    with av.open(str(plain)) as before, av.open(str(source), "w", options={"movflags": "use_metadata_tags"}) as file:
        file.metadata.update(notes)
        stream = file.add_stream_from_template(before.streams.video[0])
        for packet in before.demux(video=0):
            if packet.size:
                packet.stream = stream
                file.mux(packet)
    with av.open(str(rewritten(source)[0])) as file:
        assert {key: file.metadata[key] for key in notes} == notes


def test_a_cover_is_no_film_and_stays(tmp_path):
    plain, source, data = make_film(tmp_path / "plain.mp4", moving(6), sound=True), tmp_path / "film.mp4", io.BytesIO()
    Image.fromarray(moving(1)[0]).save(data, "JPEG")
    with av.open(str(plain)) as before, av.open(str(source), "w") as file:
        cover = file.add_stream("mjpeg", rate=1)
        cover.height, cover.width, cover.pix_fmt = 48, 64, "yuvj444p"
        cover.disposition = av.stream.Disposition.attached_pic
        copies = {stream.index: file.add_stream_from_template(stream) for stream in before.streams}
        packet = av.Packet(data.getvalue())
        packet.pts = packet.dts = 0
        packet.stream, packet.time_base = cover, UNIT
        file.mux(packet)
        for packet in before.demux():
            if packet.size:
                packet.stream = copies[packet.stream.index]
                file.mux(packet)
    result, remarks = rewritten(source)
    assert remarks == []
    assert sorted(tracks(result), key=str) == sorted(tracks(source), key=str)
    with av.open(str(result)) as file:
        assert data.getvalue() in [bytes(packet) for packet in file.demux() if packet.stream.type == "video"]


def test_transparency_and_interlaced_frames_are_told(tmp_path):
    source = tmp_path / "clear.mkv"
    with av.open(str(source), "w") as file:
        stream = file.add_stream("ffv1", rate=25)
        stream.height, stream.width, stream.pix_fmt = 48, 64, "bgra"
        for pixels in moving(2):
            clear = np.concatenate([pixels, pixels[..., :1]], -1)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(clear, "rgba").reformat(format="bgra")))
        file.mux(stream.encode())
    assert "its transparency is left out" in rewritten(source)[1]

    def in_fields(_, stream):
        stream.options = {"qp": "0", "x264-params": "tff=1"}

    source = make_film(tmp_path / "fields.mp4", moving(3, 64, 64), prepare=in_fields)
    (remark,) = rewritten(source)[1]
    assert "interlaced" in remark
