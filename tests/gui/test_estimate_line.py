from __future__ import annotations

import threading

import numpy as np

from napari_retrogan.plugin.apply.apply_widget import ApplyWidget
from napari_retrogan.plugin.shared.estimate_line import EstimateLine


def test_what_is_shown_belongs_to_the_last_choice(qtbot):
    line, gate, threads = EstimateLine(), threading.Event(), []
    qtbot.addWidget(line.text.native)

    def slow():
        threads.append(threading.current_thread())
        gate.wait(20)
        return "first"

    line.follow(1, slow)
    line.follow(2, lambda: "second")
    line.follow(3, lambda: "third")
    assert line.text.value == ""
    gate.set()
    qtbot.waitUntil(lambda: line.text.value == "third")
    assert threads[0] is not threading.main_thread()
    line.follow(None, None)
    assert line.text.value == ""
    line.follow(4, lambda: "at once", at_once=True)
    assert line.text.value == "at once"
    line.detach()
    line.follow(5, lambda: "never", at_once=True)
    assert line.text.value == "at once"


def test_the_apply_widget_says_what_applying_takes(qtbot, viewer):
    viewer.add_image(np.zeros((40, 50, 3), np.uint8), name="cat")
    widget = ApplyWidget(viewer)
    viewer.window.add_dock_widget(widget)
    qtbot.waitUntil(lambda: "of memory" in widget.estimate.text.value)
    viewer.layers.clear()
    widget.reset_choices()
    assert widget.estimate.text.value == ""
