"""What is told of a look, in a photographer's words: from what it was learnt, what it does, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.foreign.values import MAX_ENTRIES, shown

if TYPE_CHECKING:
    from napari_retrogan.core.generator_file.contents import GeneratorContents

_PARTS = {
    "held_out_distance": "colours",
    "grain_distance": "grain",
    "detail_distance": "softness",
    "grain_match": "grain",
}
"""What was judged, by names in the provenance; but for the last, trainings of earlier versions alone have them."""
_VERDICTS = ("Training brought ", "For colours", "For grain", "For softness")
"""How notes begin that say in other words, also those of earlier versions, what is told of the training."""
_MOST_LETTERS = 1500
_FEW = 4
"""Vintage pictures from which on they can be said to agree."""
_HELP = "more vintage pictures of other scenes make it surer"
_LEAST_SEEN, _SUBTLE, _CLEAR = 1.0, 4.0, 9.0
"""Mean colour differences: from 1 on one sees them side by side, from 4 at once, from 9 everything looks different."""


def look_facts(generator: GeneratorContents) -> dict[str, Any]:
    """Return what is told of a generator as plain values, fit for a small JSON file."""
    facts = {name: value for name, value in generator.provenance.items() if _is_short(value)}
    facts["further_styles"] = len(generator.styles)
    if generator.config is not None:
        facts["seed"] = generator.config.seed
    return facts


def describe_facts(facts: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return headings with words, in the order to read them; what isn't known is left out.

    Parameters
    ----------
    facts
        Those of `look_facts`, from anywhere.
    """
    rows = (
        ("Learnt from", _sources(facts)),
        ("Training", "; ".join(filter(None, [_training(facts), _improved(facts)]))),
        ("What it does", _strength(facts)),
        ("How sure", _sureness(facts)),
        ("Styles", _styles(facts)),
        ("Good to know", _notes(facts)),
    )
    return tuple((heading, words) for heading, words in rows if words)


def describe_look(generator: GeneratorContents) -> tuple[tuple[str, str], ...]:
    """Return what `describe_facts` does, of a generator at hand."""
    return describe_facts(look_facts(generator))


def summary(generator: GeneratorContents) -> str:
    """Return in a few sentences what a look learnt from what, how sure that is, and what would help."""
    facts = look_facts(generator)
    sources, improved = _sources(facts), _improved(facts)
    told = [
        f"Learnt from {sources}" if sources else "",
        ": ".join(filter(None, [_strength(facts), _sureness(facts)])),
        f"Training: {improved}" if improved else "",
    ]
    sentences = [f"{words[0].upper()}{words[1:]}." for words in told if words]
    return " ".join(filter(None, [*sentences, _notes(facts)]))


def counted(number: int, noun: str) -> str:
    """Return a number of things in words: ``1 photograph``, ``12 photographs``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _is_short(value: Any) -> bool:
    """Tell whether a value is a word, a number, or a short list or mapping of those."""
    if isinstance(value, Mapping):
        return len(value) <= MAX_ENTRIES and all(isinstance(each, str | int | float | None) for each in value.values())
    if isinstance(value, list | tuple):
        return len(value) <= MAX_ENTRIES and all(isinstance(each, str | int | float) for each in value)
    return isinstance(value, str | int | float) or value is None


def _number(facts: Mapping[str, Any], name: str) -> float | None:
    """Return a finite number from 0 that the facts hold by that name."""
    value = facts.get(name)
    known = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
    return value if known else None


def _sources(facts: Mapping[str, Any]) -> str:
    vintage, photographs = _number(facts, "vintage"), _number(facts, "photographs")
    if not vintage:
        return ""
    if facts.get("paired") is True:
        return f"{counted(int(vintage), 'pair')} of the same picture before and after"
    told = counted(int(vintage), "vintage picture")
    return f"{told} and {counted(int(photographs), 'photograph')}" if photographs else f"{told}, without photographs"


def _training(facts: Mapping[str, Any]) -> str:
    steps = _number(facts, "steps")
    if steps is None:
        return ""
    return counted(int(steps), "step") if steps else "none: measured from the pictures at once"


def _strength(facts: Mapping[str, Any]) -> str:
    change = _number(facts, "change")
    if change is None:
        return ""
    if change < _LEAST_SEEN:
        return "colours hardly change"
    return f"a {'subtle' if change < _SUBTLE else 'clear' if change < _CLEAR else 'strong'} change of colours"


def _sureness(facts: Mapping[str, Any]) -> str:
    change, error = _number(facts, "change"), _number(facts, "expected_error")
    if change is None or error is None:
        return ""
    if change >= 2 * error:
        few = (_number(facts, "vintage") or 0) < _FEW
        return f"sure, for so few pictures; {_HELP}" if few else "sure, the pictures agree on one look"
    if change >= error:
        return f"fairly sure; {_HELP}"
    return f"unsure, as scenes alone may differ so much; {_HELP}"


def _improved(facts: Mapping[str, Any]) -> str:
    verdicts = {key: facts[key] for key in _PARTS if isinstance(facts.get(key), Mapping)}
    refined = [f"{_PARTS[key]}{_gain(each)}" for key, each in verdicts.items() if each.get("kept") == "refined"]
    as_measured = [_PARTS[key] for key, each in verdicts.items() if each.get("kept") == "start"]
    told = [f"it brought {listed(refined)} closer to the vintage pictures"] if refined else []
    if as_measured:
        told.append(f"{listed(as_measured)} could not be improved, so what was measured at first is kept")
    if not verdicts and _number(facts, "steps") == 0 and isinstance(facts.get("grain_beyond_noise"), Mapping):
        told.append(
            "measuring brought grain about as near to the vintage pictures as they are to each other, "
            "so no step was needed"
        )
    return "; ".join(told)


def _gain(verdict: Mapping[str, Any]) -> str:
    """Return by how much a part came closer, if that is known."""
    start, refined = (_number(verdict, name) for name in ("start", "refined"))
    return f" {100 * (1 - refined / start):.0f}%" if start and refined is not None and refined < start else ""


def listed(names: list[str]) -> str:
    """Return names as a sentence lists them."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _styles(facts: Mapping[str, Any]) -> str:
    further = _number(facts, "further_styles")
    return f"{int(further) + 1}, to choose from under Style" if further else ""


def _notes(facts: Mapping[str, Any]) -> str:
    notes = facts.get("notes")
    known = [note for note in notes if isinstance(note, str)] if isinstance(notes, list) else []
    return " ".join(shown(note) for note in known if not note.startswith(_VERDICTS))[:_MOST_LETTERS]
