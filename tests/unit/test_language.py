"""Which language the window speaks, and what becomes of sentences that it has none for."""

import pytest
from qtpy.QtCore import QLocale

from napari_retrogan.plugin import language


@pytest.fixture(autouse=True)
def wanted(monkeypatch):
    """Return a way to set the preference; Qt's locale and the window's language are put back."""
    before, chosen = QLocale(), [""]
    monkeypatch.setattr(language, "wanted_language", lambda: chosen[0])

    def want(name):
        chosen[0] = name
        language.start_language()

    want("")
    yield want
    QLocale.setDefault(before)
    monkeypatch.undo()
    language.start_language()


@pytest.mark.parametrize(
    ("locale", "words"),
    [("zh_CN", "取消"), ("zh_SG", "取消"), ("zh_TW", "Cancel"), ("en_GB", "Cancel"), ("C", "Cancel"), ("fr", "Cancel")],
)
def test_qts_locale_chooses_the_language(locale, words):
    QLocale.setDefault(QLocale(locale))
    assert language.tr("Cancel") == words


def test_the_preference_comes_before_the_locale(wanted):
    QLocale.setDefault(QLocale("zh_CN"))
    wanted("en")
    assert language.tr("Cancel") == "Cancel"
    QLocale.setDefault(QLocale("en_GB"))
    wanted("zh_CN")
    assert language.tr("Cancel") == "取消"


def test_values_are_filled_in_as_they_are(wanted):
    for name in ("en", "zh_CN"):
        wanted(name)
        assert "a {b} c" in language.tr("Added {name}.", name="a {b} c")
        assert language.tr("a sentence that no table has: {name}", name=3) == "a sentence that no table has: 3"


def test_english_is_handed_on_as_it_is(wanted):
    wanted("en")
    assert language.tr_core("Takes about 3 seconds; whatever. It: is") == "Takes about 3 seconds; whatever. It: is"


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("", ""),
        ("Exposure", "曝光"),
        ("Takes about 4 seconds and 300 MB of memory.", "需要约 4 秒和 300 MB 内存。"),
        ("Nobody has translated: this; at. all", "Nobody has translated: this; at. all"),
        (
            "How sure: fairly sure; more vintage pictures of other scenes make it surer",
            "把握：比较有把握；再多一些其他场景的老照片会更有把握",
        ),
        ("Two lines\nMove that file away.", "Two lines\n请移走该文件。"),
        ("Unknown words. Move that file away.", "Unknown words. 请移走该文件。"),
        ("'a' is a Points layer; choose an Image layer.", "'a' 是 Points 图层；请选择 Image（图像）图层。"),
        ("black and white vintage pictures", "black and white vintage pictures"),
    ],
)
def test_messages_of_core_are_translated_as_far_as_they_are_known(wanted, message, told):
    wanted("zh_CN")
    assert language.tr_core(message) == told
