"""The words of the window in the person's language: each English sentence is the key of its translation.

A language is one file of ``translations``, named as Qt and gettext name languages. Under ``window`` it holds what this
package's window says by `tr`, under ``core`` what core says, as far as that is translated. What stands in braces is
filled with values. A sentence without a translation stays English.
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

from napari_retrogan.plugin.preferences import wanted_language

if TYPE_CHECKING:
    from collections.abc import Mapping

    _Table = Mapping[str, str]

_FOLDER = files("napari_retrogan.plugin") / "translations"
_NOTHING: _Table = MappingProxyType({})
_PLACE = re.compile(r"\{(\w+)\}")
_WORDS = "words"
"""How the names of placeholders begin that stand for words of core, which have a translation, and for no names."""
_NUMBER = "number"
"""How those begin that stand for digits."""
_ORDERS = (("\n", ". ", ": ", "; "), ("\n", ". ", "; ", ": "))
"""In which a message is divided; that counts which leaves the least in English."""
_MARKS = ".:;"
_MOST_KEPT = 4096


def tr(sentence: str, **values: object) -> str:
    """Return a sentence of this package's window in the person's language, with values in the place of ``{names}``."""
    translated = _tables()[0].get(sentence, sentence)
    return translated.format(**values) if values else translated


def tr_core(message: str) -> str:
    """Return what core has said, in English and with its values filled in, in the person's language.

    A message is translated whole if the table has it, or a sentence with placeholders that it fits; else part by part.
    """
    return _told(message) if _tables()[1] and message else message


def start_language() -> None:
    """Choose the language anew, as the preferences and the system have it now; what is shown already stays."""
    for each in (_tables, _patterns, _told):
        each.cache_clear()


@cache
def _tables() -> tuple[_Table, _Table]:
    """Return what is translated of the window and of core; nothing for English."""
    name = _language()
    if name is None:
        return _NOTHING, _NOTHING
    tables = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return tables["window"], tables["core"]


def _language() -> str | None:
    """Return the table of the language that is set, or else of the first of Qt's locale that there is one of."""
    from qtpy.QtCore import QLocale

    names = [each.name.removesuffix(".json") for each in _FOLDER.iterdir() if each.name.endswith(".json")]
    tables = {(locale.language(), locale.script()): name for name in names if (locale := QLocale(name))}
    chosen = wanted_language()
    for each in [chosen] if chosen else QLocale().uiLanguages():
        locale = QLocale(each)
        if locale.language() == QLocale.Language.English:
            return None
        # A name of a language alone, such as zh, may stand for a script that the person does not read.
        if not each.isalpha() and (locale.language(), locale.script()) in tables:
            return tables[locale.language(), locale.script()]
    return None


@lru_cache(maxsize=_MOST_KEPT)
def _told(message: str) -> str:
    """Return a translation of a message; a list of looks asks for the same ones again and again."""
    return min((_by_parts(message, _tables()[1], order) for order in _ORDERS), key=lambda told: told[1])[0]


def _by_parts(message: str, table: _Table, separators: tuple[str, ...]) -> tuple[str, int]:
    """Return a message, its lines, sentences and clauses translated as far as they can be, and what is left of it."""
    whole = _translated(message, table)
    if whole is not None:
        return whole, 0
    present = next((each for each in separators if each in message), None)
    if present is None:
        return message, len(message)
    first, rest = message.split(present, 1)
    mark = present.strip()
    told, left = _by_parts(first + mark, table, separators[separators.index(present) + 1 :])
    others, left_of_them = _by_parts(rest, table, separators)
    between = "" if mark and told.endswith(table.get(mark, " ")) else present.removeprefix(mark)
    return told + between + others, left + left_of_them


def _translated(message: str, table: _Table) -> str | None:
    """Return the translation of a message that the table has, or of one that fits a sentence with placeholders."""
    for each in (message, message[:1].lower() + message[1:]):
        if each in table:
            return table[each]
        for own, pattern, sentence in _patterns():
            found = pattern.fullmatch(each) if own in each else None
            values = {} if found is None else _values(found.groupdict(), table)
            if found is not None and values is not None:
                return table[sentence].format(**values)
    if len(message) > 1 and message[-1] in _MARKS:
        without = _translated(message[:-1], table)
        return None if without is None else without + table.get(message[-1], message[-1])
    return None


def _values(said: Mapping[str, str], table: _Table) -> dict[str, str] | None:
    """Return what fills the places of a sentence; None where words are none that core says."""
    values = {name: _translated(value, table) if name.startswith(_WORDS) else value for name, value in said.items()}
    return None if None in values.values() else values  # type: ignore[return-value]


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """Return what fits core's sentences with placeholders, after the longest part of each that is always there.

    The sentence with most letters of its own is the first.
    """
    sentences = [each for each in _tables()[1] if _PLACE.search(each)]
    return tuple(
        (max(_PLACE.split(each)[::2], key=len), _pattern(each), each)
        for each in sorted(sentences, key=lambda each: -len(_PLACE.sub("", each)))
    )


def _pattern(sentence: str) -> re.Pattern[str]:
    """Return what fits a sentence with anything in its places."""
    parts = _PLACE.split(sentence)
    fits = [re.escape(part) for part in parts]
    fits[1::2] = [rf"(?P<{name}>{r'[0-9.]+' if name.startswith(_NUMBER) else '.+?'})" for name in parts[1::2]]
    return re.compile("".join(fits), re.DOTALL)
