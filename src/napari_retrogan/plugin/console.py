"""What is typed into napari's console: trainings that let the window go on."""

from __future__ import annotations

import sys
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari_retrogan.core.config import TrainingConfig
    from napari_retrogan.core.training.job import TrainingJob
    from napari_retrogan.core.vintage_generator import VintageGenerator


def start_training(
    photographs: Any,
    vintage: Any,
    config: TrainingConfig | None = None,
    paired: bool = False,
    initial: VintageGenerator | None = None,
    *,
    name: str = "",
    backend: str | None = None,
    devices: int | None = None,
) -> TrainingJob:
    """Begin a training as `train` does it, in the training process, and return at once.

    The look goes to the library when it is done. In napari, the activity dock shows progress and a button that cancels.
    The other parameters are those of `train`; what that raises, ``wait()`` of the job raises.

    Parameters
    ----------
    name
        For the look; by default that of the first vintage layer or file.

    Returns
    -------
    TrainingJob
        ``generator`` is None before the end, ``wait()`` waits for it, ``stop()`` keeps what is learnt so far,
        ``cancel()`` keeps nothing, ``progress`` tells of the last step, and the signal ``ended`` of the end.

    Raises
    ------
    InvalidConfig
        If ``config`` or ``devices`` is none.
    LibraryUnavailable
        If there is no place for a library.
    """
    from napari_retrogan.core.training.job import TrainingJob
    from napari_retrogan.core.training.train import iter_train, look_title

    window = _in_window()
    if window:
        from napari_retrogan.plugin.preferences import keras_backend, library

        backend = backend or keras_backend()
        looks = library()
    else:
        from napari_retrogan.core.library.library import open_library

        looks = open_library()
    open_training = partial(
        iter_train,
        photographs,
        vintage,
        config=config,
        paired=paired,
        initial=initial,
        backend=backend,
        devices=devices,
    )
    open_training()  # It checks the settings; a training begins with the first event that is asked for.
    job = TrainingJob(open_training, name or look_title(vintage) or "Trained look", looks)
    if window:
        from napari_retrogan.plugin.window.training_bar import show_in_activity_dock

        show_in_activity_dock(job)
    return job


def _in_window() -> bool:
    """Tell whether this is the main thread of a process that shows napari."""
    napari: Any = sys.modules.get("napari")
    return (
        napari is not None
        and threading.current_thread() is threading.main_thread()
        and napari.current_viewer() is not None
    )
