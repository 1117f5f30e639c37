"""Learn which film chains are likely: fit one to each of many looks, and keep their mean and covariance.

    python scripts/train_chain_prior.py PHOTOGRAPHS TABLES [--seed N]

The looks are those that the look prior is trained on: the film tables that are not held out, films mixed, printed on
each other and under random looks, and random looks. Each is shown the colours of photographs that are not held out and
a quarter of any colours. Writes ``look_prior/chains.npz`` into the package: ``mean`` (78,) and ``root`` (78, 78), by
which independent unit deviations become those of chains. About 7 minutes on two cores.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from export_prior import TARGET
from prior_batches import FilmLook, Workshop, open_workshop

from napari_retrogan.core.simulation.simulator import RandomLook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MIXED, DRAWN = 150, 250
COLOURS, STRANGE_SHARE = 4096, 0.25
SIMPLICITY, STEPS = 0.05, 1500
WORST_SHARE = 0.03
"""So many looks are no chains at all, which the fit's error tells; they are left out."""
OWN_SHARE, LEAST_DEVIATION = 0.02, 1e-3
"""How far the covariance is drawn to its diagonal, and what every number may deviate by."""


def main() -> None:
    """Fit, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("tables", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    from napari_retrogan.core.backend import use_backend

    use_backend(None)
    sources = arguments.photographs, arguments.tables, arguments.seed
    open_workshop(*sources)
    count = len(Workshop.films) + MIXED + DRAWN
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=spawn, initializer=open_workshop, initargs=sources) as pool:
        fitted = list(pool.map(fit_look, range(count), [arguments.seed] * count))
    errors = np.array([error for _, error in fitted])
    kept = errors <= np.quantile(errors, 1 - WORST_SHARE)
    print(f"{count} looks; mean absolute error: median {np.median(errors):.4f}, largest kept {errors[kept].max():.4f}")
    mean, root = distribution(numbers for (numbers, _), keep in zip(fitted, kept, strict=True) if keep)
    np.savez(TARGET / "chains.npz", mean=mean.astype(np.float32), root=root.astype(np.float32))


class OneChain:
    """The chain of a process, which is compiled once and begins anew for every look."""

    def __init__(self) -> None:
        from napari_retrogan.core.gan.chain_fit import RATE, compile_chain
        from napari_retrogan.core.gan.film_chain import SimpleChain

        self.chain = SimpleChain(np.eye(3), np.zeros(3), positional=False, simplicity=SIMPLICITY)
        compile_chain(self.chain, STEPS, RATE)
        self.chain.optimizer.build(self.chain.trainable_variables)
        self.variables = [*self.chain.weights, *self.chain.optimizer.variables]
        self.starts = [np.array(variable) for variable in self.variables]

    def fit(self, colours: np.ndarray, targets: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, float]:
        """Return the chain's numbers and its mean absolute error."""
        from napari_retrogan.core.gan.chain_fit import linear_start, run_chain, take_steps
        from napari_retrogan.core.gan.film_chain import pack

        for variable, start in zip(self.variables, self.starts, strict=True):
            variable.assign(start)
        parts = self.chain.parts()
        for name, values in zip(("mix", "offset"), linear_start(colours, targets), strict=True):
            parts[name].assign(values)
        nowhere = np.zeros_like(colours)
        take_steps(self.chain, (colours, nowhere, targets), STEPS, random)
        return pack(self.chain), float(np.abs(run_chain(self.chain, colours, nowhere) - targets).mean())


the_chain = cache(OneChain)


def fit_look(index: int, seed: int) -> tuple[np.ndarray, float]:
    """Return the numbers of the chain nearest to a look, and its mean absolute error."""
    random = np.random.default_rng([seed, index])
    look = choose_look(index, random)
    seen = Workshop.bank.draw(8, random).reshape(-1, 3)
    strange = int(STRANGE_SHARE * COLOURS)
    colours = np.concatenate([seen[random.integers(len(seen), size=COLOURS - strange)], random.random((strange, 3))])
    colours = colours.astype(np.float32)
    return the_chain().fit(colours, np.asarray(look(colours), np.float32), random)


def choose_look(index: int, random: np.random.Generator) -> Callable[[np.ndarray], np.ndarray]:
    """Return the look of a number as a function of colours: the films, then what is made of them, then random ones."""
    films = Workshop.films
    if index < len(films):
        return films[index].colours
    look = FilmLook(films, random) if index < len(films) + MIXED else RandomLook.draw(random)
    return lambda colours: look.tone(colours, np.zeros_like(colours))


def distribution(chains: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean (P,) of chains (P,) and the root (P, P) of their covariance."""
    numbers = np.stack(list(chains))
    covariance = np.cov(numbers.T, bias=True)
    own = np.diag(np.diag(covariance))
    covariance = (1 - OWN_SHARE) * covariance + OWN_SHARE * own + LEAST_DEVIATION**2 * np.eye(len(own))
    return numbers.mean(0), np.linalg.cholesky(covariance).T


if __name__ == "__main__":
    main()
