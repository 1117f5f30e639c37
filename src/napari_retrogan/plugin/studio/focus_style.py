"""What shows where the keyboard is: napari's themes leave most widgets alike with and without it."""

from __future__ import annotations

FOCUS_COLOUR = "#3d85c6"
"""Three times as light or dark as the grounds of napari's themes, the dark and the light one."""

_FOCUS_GROUND = "rgba(61, 133, 198, 55%)"
"""The same, for what has no border of its own."""

_FOCUSABLE = (
    "QPushButton",
    "QToolButton",
    "QComboBox",
    "QLineEdit",
    "QAbstractSpinBox",
    "QAbstractItemView",
    "QTextEdit",
)

FOCUS_STYLE = "\n".join(
    [
        "QTabWidget::pane { border: 0px; padding: 0px; margin: 0px; }",
        *(f"{widget}:focus {{ border: 1px solid {FOCUS_COLOUR}; }}" for widget in _FOCUSABLE),
        f"QCheckBox:focus, QSlider:focus {{ outline: none; background-color: {_FOCUS_GROUND}; }}",
        f"QTabBar::tab:focus {{ border-bottom: 2px solid {FOCUS_COLOUR}; }}",
    ]
)
