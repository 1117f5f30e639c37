"""Train the network that finishes drawn clouds of specks, as a GAN on compositions of cut-outs of real ones.

    python scripts/train_marks.py DAMAGE STATE [--steps N] [--seed 0] [--minutes M]

DAMAGE is a folder of transparent PNG files named after what they show (``dirt-012.png``). The generator gets what
`MarkPlane` draws and noise; the discriminator sees squares of what marks hide, of both. Half of the cut-outs are kept
back (``texture_truths.read_cut_outs``). STATE is a folder of weights, optimiser and log, and a run that was
interrupted goes on from them. ``scripts/export_marks.py`` puts the result into the package.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from mark_squares import SIZE, Squares, drawn_clouds, laid_clouds
from texture_truths import read_cut_outs

from napari_retrogan.core.backend import use_backend
from napari_retrogan.core.stages.mark_finish import MARK_FINISH

PICTURES = 120
BATCH = 24
SAVE_STEPS = 250
LEARNING_RATE = 2e-4
AVERAGE = 0.998
KEPT = 30.0
"""Weight of what the generator changes of the mean over 8 x 8 pixels: how much is hidden is told by measurements."""
PENALTY, SMALL = 0.005, 0.05


def build_model(seed: int) -> Any:
    """Return both networks with their losses, to be trained on batches of squares."""
    import keras
    from keras import ops

    from napari_retrogan.core.gan.keras_operations import SeedSequence, StageLayer
    from napari_retrogan.core.gan.losses import adversarial_loss, gradient_penalty, wait_for
    from napari_retrogan.core.gan.model_state import compile_model

    seeds = SeedSequence(seed)
    square = keras.Input((SIZE, SIZE, 1))
    # Faint marks count as much as strong ones.
    hidden = ops.concatenate([square, square / (0.02 + ops.max(square, (1, 2, 3), keepdims=True))], -1)
    for filters in (24, 48, 64):
        initializer = keras.initializers.HeNormal(seeds.next())
        layer = keras.layers.Conv2D(filters, 4, strides=2, padding="same", kernel_initializer=initializer)
        hidden = ops.leaky_relu(layer(hidden), negative_slope=0.2)
    initializer = keras.initializers.GlorotUniform(seeds.next())
    score = keras.layers.Dense(1, kernel_initializer=initializer)(keras.layers.Flatten()(hidden))
    discriminator = keras.Model(square, score)

    class MarkTraining(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.generator = StageLayer(MARK_FINISH, seeds)
            last = self.generator.variables_by_name["finish/last/kernel"]
            last.assign(keras.initializers.RandomNormal(stddev=0.02, seed=seeds.next())(last.shape))
            self.discriminator = discriminator
            self.adversarial_loss = adversarial_loss()
            names = ("generator", "discriminator", "kept", "right")
            self.trackers = {name: keras.metrics.Mean(name=name) for name in names}

        def call(self, batch: Any, training: bool = False) -> Any:
            return self.generator([batch["drawn"], batch["noise"]])

        def compute_loss(
            self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
        ) -> Any:
            real, fake, shaken = (
                self.discriminator(squares)
                for squares in (x["real"], ops.stop_gradient(y_pred), x["real"] + SMALL * x["shake"])
            )
            frozen = [ops.stop_gradient(weight.value) for weight in self.discriminator.trainable_variables]
            judged = self.discriminator.stateless_call(frozen, [], y_pred)[0]
            margin = MARK_FINISH.reach
            change = y_pred - x["drawn"][:, margin:-margin, margin:-margin, :1]
            losses = {
                "generator": self.adversarial_loss.generator(real, judged),
                "discriminator": wait_for(judged, self.adversarial_loss.discriminator(real, fake)),
                "kept": KEPT * ops.mean(ops.square(ops.average_pool(change, 8, 8))),
            }
            penalty = PENALTY / SMALL**2 * gradient_penalty(real, shaken)
            right = 0.5 * ops.mean(ops.cast(real > 0, "float32")) + 0.5 * ops.mean(ops.cast(fake < 0, "float32"))
            for name, value in {**losses, "right": right}.items():
                self.trackers[name].update_state(value)
            return sum(losses.values()) + penalty

    model = MarkTraining()
    optimizer = keras.optimizers.Adam(LEARNING_RATE, beta_1=0.0, beta_2=0.99)
    compile_model(model, optimizer, jit_compile=False)
    return model


def main() -> None:
    """Train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("damage", type=Path)
    parser.add_argument("state", type=Path)
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop, to be resumed, after so long")
    arguments = parser.parse_args()
    arguments.state.mkdir(parents=True, exist_ok=True)
    use_backend(None)

    from napari_retrogan.core.gan.model_state import capture_model, restore_model

    began = time.monotonic()
    cut_outs = read_cut_outs(arguments.damage)[0]
    drawn = Squares([drawn_clouds(number) for number in range(PICTURES)], MARK_FINISH.reach)
    real = Squares([laid_clouds(cut_outs, number) for number in range(PICTURES)], 0)
    print(f"{PICTURES} pictures with each after {time.monotonic() - began:.0f} s", flush=True)
    model = build_model(arguments.seed)
    average = {name: np.asarray(each).copy() for name, each in model.generator.variables_by_name.items()}
    step, kept = 0, arguments.state / "state.npz"
    if kept.exists():
        with np.load(kept) as arrays:
            step = int(arrays["step"])
            restore_model(model, arrays)
            average = {name: arrays[f"average/{name}"] for name in average}
    rows: list[dict[str, float]] = []
    while step < arguments.steps and time.monotonic() - began < 60 * arguments.minutes:
        random = np.random.Generator(np.random.Philox(key=[arguments.seed, step]))
        side = SIZE + 2 * MARK_FINISH.reach
        batch = {
            "drawn": drawn.draw(random, BATCH),
            "real": real.draw(random, BATCH),
            "noise": random.standard_normal((BATCH, side, side, 3), np.float32),
            "shake": random.standard_normal((BATCH, SIZE, SIZE, 1), np.float32),
        }
        model.reset_metrics()
        rows.append({name: float(value) for name, value in model.train_on_batch(batch, return_dict=True).items()})
        step += 1
        for name, each in model.generator.variables_by_name.items():
            average[name] = AVERAGE * average[name] + (1 - AVERAGE) * np.asarray(each)
        if step % SAVE_STEPS == 0:
            means = {name: round(float(np.mean([row[name] for row in rows])), 4) for name in rows[0]}
            line = json.dumps({"step": step, **means, "seconds": round(time.monotonic() - began)})
            print(line, flush=True)
            with (arguments.state / "training_log.jsonl").open("a") as log:
                log.write(line + "\n")
            rows = []
            partial = arguments.state / "state.part.npz"
            averages = {f"average/{name}": values for name, values in average.items()}
            np.savez(partial, step=step, **capture_model(model), **averages)
            partial.replace(kept)


if __name__ == "__main__":
    main()
