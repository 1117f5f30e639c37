"""The dock in simplified Chinese, driven by the words that one reads on it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from fake_training import STARTED, progress_at
from narrow_studio import TABS, expect_to_fit, open_narrow_studio
from open_studio import open_studio
from qtpy.QtCore import QLocale, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QWidget

from napari_retrogan.core.pretrained import list_pretrained
from napari_retrogan.plugin.language import start_language
from napari_retrogan.plugin.state import state

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.shown

CHINESE = re.compile("[\u4e00-\u9fff]")
NAMES = re.compile(
    r"napari|RetroGAN|sRGB|Astronaut|Coffee|Photographer|\(print\)|px|Esc|[0-9.:%/+-]+|\(?&?[A-Z]\)?|✕|★|▸|▾"
)
"""What stays as it is in Chinese: names, units and keys."""


@pytest.fixture(autouse=True)
def chinese():
    """Let Qt speak the Chinese of China, as it does where the system does."""
    before = QLocale()
    QLocale.setDefault(QLocale("zh_CN"))
    yield
    QLocale.setDefault(before)
    start_language()


def press(qtbot: QtBot, parent: QWidget, words: str) -> None:
    """Click the button with these words on it, once it is seen."""

    def seen() -> list[QAbstractButton]:
        return [each for each in parent.findChildren(QAbstractButton) if each.text() == words and each.isVisible()]

    qtbot.waitUntil(lambda: bool(seen()))
    (button,) = seen()
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def reads(parent: QWidget, words: str) -> bool:
    """Tell whether words are to be read anywhere."""
    return any(words in label.text() for label in parent.findChildren(QLabel) if label.isVisibleTo(parent))


def words_of(widget: QWidget) -> list[str]:
    """Return what is to be read on a widget, and what it tells when the mouse rests on it."""
    texts = [widget.toolTip()]
    if isinstance(widget, QLabel | QAbstractButton):
        texts.append(widget.text())
    if isinstance(widget, QComboBox):
        texts += [widget.itemText(number) for number in range(widget.count())]
    if isinstance(widget, QLineEdit):
        texts.append(widget.placeholderText())
    return [text for text in texts if text]


def test_the_first_run_by_chinese_words(qtbot, viewer, training):
    studio = open_studio(viewer, "train")
    assert [studio.tabs.tabText(number) for number in range(3)] == ["训练(&R)", "风格(&O)", "文件(&I)"]
    press(qtbot, studio, "用示例试一试(&Y)")
    qtbot.waitUntil(lambda: reads(studio, "请点击“开始训练”"))
    press(qtbot, studio, "开始训练(&N)")
    training.put(STARTED, progress_at(1))
    qtbot.waitUntil(lambda: reads(studio, "第 1 步，最多"))
    training.finish()
    qtbot.waitUntil(lambda: not studio.train.running)
    assert reads(studio, f"完成：风格 {state().last.name!r} 已就绪")
    qtbot.waitUntil(lambda: "Astronaut (preview)" in viewer.layers)
    press(qtbot, studio, "应用到 Astronaut(&A)")
    result = f"Astronaut ({state().last.name})"
    qtbot.waitUntil(lambda: result in viewer.layers)
    assert reads(studio, f"已添加 {result}。")


def test_every_word_that_is_shown_is_chinese(qtbot, viewer):
    viewer.add_image(np.full((40, 60, 3), 200, np.uint8), name="Coffee")
    studio = open_studio(viewer, "train")
    english = set()
    for tab in TABS:
        studio.tab = tab
        page = studio.tabs.currentWidget()
        for widget in page.findChildren(QWidget):
            english |= {text for text in words_of(widget) if re.search("[A-Za-z]{2}", NAMES.sub("", text))}
            english -= {text for text in english if CHINESE.search(text)}
    assert english == set()
    titles = {studio.looks.generator.shelf.looks()[look.name].title for look in list_pretrained()}
    assert all(CHINESE.search(title) for title in titles)


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_fits_a_laptop_in_chinese(qtbot, viewer, tab):
    expect_to_fit(qtbot, open_narrow_studio(qtbot, viewer), tab)
