"""Print figures of looks: a line a run, then a table a case and what was aimed at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from look_measurement import FITTED, Result

if TYPE_CHECKING:
    from collections.abc import Callable

COLUMNS = {
    "untouched": "untouched",
    "Reinhard": "Reinhard",
    "histogram": "histogram",
    "linear": "linear",
    "linear, broad": "broad",
    "best by row": "best",
    "prior": "prior",
    "ours": "ours",
    "ratio": "ours/best",
    "grain dB": "grain dB",
    "edge width": "edge",
    "lattice": "lattice",
    "border": "border",
    "structure": "SSIM",
    "structure of the truth": "its truth",
    "seconds": "seconds",
    "prior seconds": "prior's",
}
MAX_RATIO = {"1+1": 0.65, "4+4": 0.55, "16+16": 0.60}
MAX_DIFFERENCE = {"1 pair": 1.5, "4 pairs": 1.0}
Figures = dict[str, float]


def header() -> str:
    """Return the names of the columns."""
    return "look (draw)".ljust(46) + "".join(f"{name:>10}" for name in COLUMNS.values())


def line(title: str, figures: Figures) -> str:
    """Return figures under their columns, a dash for those that were not measured."""
    cells = (f"{figures[name]:10.2f}" if name in figures else f"{'-':>10}" for name in COLUMNS)
    return f"{title:46.46}" + "".join(cells)


def run_line(result: Result) -> str:
    """Return one run's line."""
    title = f"{result.run.case}  {result.run.look} ({result.run.draw})"
    return line(title, _mean([result]))


def summary(results: list[Result]) -> str:
    """Return a table for each case, then what is aimed at beside what came out."""
    cases = list(dict.fromkeys(result.run.case for result in results))
    tables = [_case_table(case, [r for r in results if r.run.case == case]) for case in cases]
    return "\n\n".join([*tables, _texture_aims(results)])


def _case_table(case: str, results: list[Result]) -> str:
    """Return the means of looks, of groups and of all, with the aims of the case."""
    lines = [f"== {case}: mean over draws ==", header()]
    for key in (lambda r: r.run.look, lambda r: f"[{r.run.group}]"):
        lines += [line(title, _mean(members)) for title, members in _grouped(results, key).items()]
    lines.append(line("[all]", _mean(results)))
    return "\n".join([*lines, *_colour_aims(case, results)])


def _colour_aims(case: str, results: list[Result]) -> list[str]:
    """Return sentences about the case's colour."""
    ours, name = _average(results, _ours), "ours" if all("ours" in r.figures for r in results) else "prior"
    means = _mean(results)
    by_row = means["best by row"]
    best = min(FITTED, key=lambda name: means[name])
    lines = [
        f"best baseline by row (of three, for each look and draw): {by_row:.2f}; {name} / it: {ours / by_row:.2f}",
        f"best baseline by overall mean ({best}): {means[best]:.2f}; {name} / it: {ours / means[best]:.2f}",
    ]
    if case in MAX_RATIO:
        lines.append(
            f"aim: {name} / best at most {MAX_RATIO[case]:.2f}: {_verdict(ours / by_row <= MAX_RATIO[case])} by row"
        )
        lines[-1] += f", {_verdict(ours / means[best] <= MAX_RATIO[case])} by overall mean"
    if case in MAX_DIFFERENCE:
        lines.append(
            f"aim: {name} at most {MAX_DIFFERENCE[case]:.1f}: {ours:.2f}, {_verdict(ours <= MAX_DIFFERENCE[case])}"
        )
    behind = [r for r in results if _ours(r.figures) >= r.figures["linear, broad"]]
    lines.append(
        f"rows where {name} is not below the linear map against broad statistics: {len(behind)} of {len(results)}"
    )
    for group, members in _grouped(results, lambda r: r.run.group).items():
        untouched, changed = _average(members, lambda figures: figures["untouched"]), _average(members, _ours)
        if changed > untouched:
            lines.append(f"WORSE THAN UNTOUCHED: {group}: {changed:.2f} against {untouched:.2f}")
    return lines


def _texture_aims(results: list[Result]) -> str:
    """Return sentences about texture, artefacts and time over all cases."""
    checks: list[tuple[str, str, Callable[[float], bool]]] = [
        ("grain dB", "at most 2.0", lambda value: value <= 2.0),
        ("edge width", "0.9 to 1.1", lambda value: 0.9 <= value <= 1.1),
        ("lattice", "at most 3 times the photograph's", lambda value: value <= 3),
        ("border", "at most 1", lambda value: value <= 1),
        ("structure", "at least 0.97", lambda value: value >= 0.97),
        ("seconds", "at most 90", lambda value: value <= 90),
    ]
    lines = ["== texture, artefacts and time: all cases =="]
    for name, aim, holds in checks:
        values = [r.figures[name] for r in results if name in r.figures]
        if values:
            spread = f"mean {np.mean(values):.3f}, from {min(values):.3f} to {max(values):.3f}"
            lines.append(f"{name}: {spread}; aim {aim}: holds in {sum(map(holds, values))} of {len(values)} rows")
    return "\n".join(lines) if len(lines) > 1 else ""


def _ours(figures: Figures) -> float:
    """Return the difference of the trained generator, or of the prior where nothing was trained."""
    return figures.get("ours", figures.get("prior", np.nan))


def _mean(results: list[Result]) -> Figures:
    """Return the mean of each figure, the best baseline of each row among them, and the ratio of the means."""
    rows = [{**r.figures, "best by row": min(r.figures[name] for name in FITTED)} for r in results]
    means = {name: float(np.mean([row[name] for row in rows])) for name in rows[0] if all(name in row for row in rows)}
    return {**means, "ratio": _ours(means) / means["best by row"]}


def _average(results: list[Result], figure: Callable[[Figures], float]) -> float:
    """Return the mean of a figure over results."""
    return float(np.mean([figure(result.figures) for result in results]))


def _grouped(results: list[Result], key: Callable[[Result], str]) -> dict[str, list[Result]]:
    """Return results by a key, in order of first appearance."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(key(result), []).append(result)
    return groups


def _verdict(holds: bool) -> str:
    """Return a word."""
    return "met" if holds else "not met"
