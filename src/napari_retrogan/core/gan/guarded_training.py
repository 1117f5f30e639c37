"""A training that is watched over: it notices when it goes astray, goes back, and keeps checkpoints."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from napari_retrogan.core.errors import TrainingDiverged
from napari_retrogan.core.gan.training_loop import JUDGE_STEPS, Training
from napari_retrogan.core.training.events import TrainingRecovered

if TYPE_CHECKING:
    from napari_retrogan.core.training.checkpoint_writer import CheckpointWriter
    from napari_retrogan.core.training.events import AnyGenerator, TrainingEvent
    from napari_retrogan.core.training.task import TrainingState

ADVICE = "Lower the learning rate, or check the pictures for extreme values."


class _Recoverable(Protocol):
    """A training whose whole state can be taken out and put back."""

    @property
    def step(self) -> int:
        """Steps done so far."""

    @property
    def settled(self) -> bool:
        """Whether no further step is worth its time."""

    def advance(self) -> dict[str, float]:
        """Do one step and return its losses by name."""

    def snapshot(self) -> AnyGenerator:
        """Return the generator as it stands."""

    def result(self) -> AnyGenerator:
        """Return the generator to keep."""

    def capture(self) -> TrainingState:
        """Return a copy of the whole state."""

    def restore(self, state: TrainingState) -> None:
        """Go on from a state as if nothing had happened since."""

    def roll_back(self, state: TrainingState, rate: float) -> None:
        """Go on from a state's averaged weights at so many times the learning rate, with the steps done kept."""

    def fault(self) -> str:
        """Return in words what is wrong with the generator; empty if nothing is."""


class GuardedTraining(Training):
    """Drives a training and keeps it from being lost, to an interruption or to itself.

    Parameters
    ----------
    training
        What is driven, at its start.
    writer
        Where its checkpoints go; None keeps none.
    state
        An earlier state to go on from. One before the first step may be a start that was not fully found, and says
        nothing.
    """

    def __init__(
        self, training: _Recoverable, writer: CheckpointWriter | None = None, state: TrainingState | None = None
    ) -> None:
        self._training, self._writer = training, writer
        self._told: list[TrainingEvent] = []
        self._good = training.capture()
        self._recoveries = 0
        if state is not None and state.step:
            if state.good is not None:
                training.restore(state.good)  # Refused now if it does not fit, not when it is needed.
                self._good = state.good
            training.restore(state)
            self._recoveries = state.recoveries

    @property
    def step(self) -> int:
        """Steps done so far, those before an interruption included."""
        return self._training.step

    @property
    def settled(self) -> bool:
        """Whether no further step is worth its time."""
        return self._training.settled

    def advance(self) -> dict[str, float]:
        """Do one step and return its losses by name; none if they meant nothing."""
        losses: dict[str, float] = {}
        try:
            losses = self._training.advance()
            fault = self._check() if self.step % JUDGE_STEPS == 0 else ""
        except TrainingDiverged:
            fault = "the losses stopped being finite"
        if fault:
            self._recover(fault)
        elif self._writer is not None and (failure := self._writer.write_if_due(self._capture)) is not None:
            self._told.append(failure)
        return losses

    def snapshot(self) -> AnyGenerator:
        """Return the generator as it stands."""
        return self._training.snapshot()

    def tell(self) -> list[TrainingEvent]:
        """Return what has happened since the last call beside steps."""
        told, self._told = self._told, []
        return told

    def finish(self, *, complete: bool) -> AnyGenerator:
        """Return the last generator that was well; a training that is not complete can be resumed later.

        What is kept to resume from is the present state, even if astray, so that resuming gives what going on would.
        """
        done = complete or bool(self.given_up)
        if self._writer is not None and not done and (failure := self._writer.write(self._capture)) is not None:
            self._told.append(failure)
        if not self.given_up and (fault := self._training.fault()):
            self.given_up = self._back_to_good(fault, 1.0)
        generator = self._training.result()
        if self._writer is not None and done:
            self._writer.remove()
        return generator

    def leave(self) -> None:
        """Write a checkpoint, because nobody waits for the generator any more."""
        if self._writer is not None and self.step and not self.given_up:
            self._writer.write(self._capture)

    def _capture(self) -> TrainingState:
        """Return the whole state, with what this class knows."""
        return replace(self._training.capture(), recoveries=self._recoveries, good=self._good)

    def _check(self) -> str:
        """Remember the state if the generator is well, else say what is wrong."""
        fault = self._training.fault()
        if not fault:
            self._good = self._training.capture()
        return fault

    def _recover(self, fault: str) -> None:
        """Go back and try once more at half the learning rate; the second time, end with what is good."""
        if self._recoveries:
            self.given_up = f"{self._back_to_good(fault, 1.0)} {ADVICE}"
            return
        self._recoveries += 1
        words = self._back_to_good(fault, 0.5)
        message = f"{words} It goes on from there at half the learning rate."
        self._told.append(TrainingRecovered(step=self.step, good_step=self._good.step, message=message))

    def _back_to_good(self, fault: str, rate: float) -> str:
        """Put the last good state back and say so."""
        self._training.roll_back(self._good, rate)
        good = f"that after step {self._good.step}" if self._good.step else "the start, the look as measured"
        return f"Training went astray by step {self.step} ({fault}), so it went back to {good}."
