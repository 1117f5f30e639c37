"""Every word of the window goes through one function, and each language has all of them and no others."""

import ast
import json
import re
from pathlib import Path

import pytest
import yaml

from napari_retrogan.core.config import PRESETS, TrainingConfig
from napari_retrogan.core.inference.estimate import Estimate
from napari_retrogan.core.inference.in_words import in_time
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.inference.taste import Taste
from napari_retrogan.core.library.card import describe_facts
from napari_retrogan.core.pretrained import list_pretrained
from napari_retrogan.core.setting_hints import hints
from napari_retrogan.core.stages.chain import AMOUNT_STAGES
from napari_retrogan.core.training.losses_in_words import loss_in_words
from napari_retrogan.core.training.step_time import describe_pace
from napari_retrogan.plugin import language
from napari_retrogan.plugin.window import notices

PACKAGE = Path(__file__).parents[2] / "src" / "napari_retrogan"
PLUGIN = PACKAGE / "plugin"
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
WINDOW = [path for path in TREES if PLUGIN in path.parents]
TABLES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (PLUGIN / "translations").glob("*.json")}
TRANSLATING = {"tr", "tr_core"}

SHOWING_ARGUMENTS = {"desc", "label", "text", "title", "tooltip"}
SHOWING_CALLS = {
    *("Collapsible", "LayerPicker", "PictureList", "QCheckBox", "QLabel", "QMessageBox", "QPushButton", "QToolButton"),
    *("addAction", "addButton", "addItem", "addMenu", "addTab", "say", "_say", "setAccessibleName"),
    *("setInformativeText", "setPlaceholderText", "setPlainText", "setStatusTip", "setSuffix", "setText", "setTitle"),
    *("setToolTip", "setWindowTitle", "show_error", "show_info", "show_warning", "show_words", "words"),
    *("getExistingDirectory", "getMultiLineText", "getText", "show_file_dialog"),
}
SHOWING_ATTRIBUTES = {"label", "text", "tooltip", "value"}
"""What hands words to a widget: arguments of these names, calls, and attributes that are set."""

_PROSE = re.compile(r"[A-Za-z]{2,} +[A-Za-z(]|^[A-Z&][a-z&]{2,}|\.\.\.$")
_LETTERS = re.compile(r"[A-Za-z]{2,}")
_KEY = re.compile(r"&(\w)")
_PLACE = re.compile(r"\{\w*\}")
_CODE = re.compile(r"\{ \w[\w-]*: |<span|&nbsp;")

LEFT_ENGLISH = {
    "Studio (RetroGAN)": "the name of the dock, as the manifest gives it to napari's menus",
    "Trained look": "the name of a look that nobody has named, the same from the console as from the command line",
    "resumed look": "the same of a training that was resumed",
    "{} and {} more": "the name of a look that was learnt from several pictures",
    "like a reference": "in the name of a layer, which does not depend on the language of the window",
    "drawn style {}": "in the name of a layer",
    "photographs": "the name that a choice is remembered by",
    "vintage": "the name that a choice is remembered by",
    "whole layer": "a value that the menu of regions has for no layer",
    "by the style": "a value that the menu of brightness has for no setting",
    "Ctrl+Z": "a key",
    "Shift+": "a key",
    "Del": "a key",
    "TensorFlow": "a name",
    "PyTorch": "a name",
    "A job failed": "for the log",
    "Warning in a job: %s": "for the log",
}
"""Words that no language has, and why."""
CODE_FOR_PEOPLE = {"typed_text.py": "what is copied to be typed is code", "notices.py": "what it takes out of messages"}
"""Files whose other literals are no words of the window, and why."""


def is_call_of(node, names):
    """Tell whether a node calls a function or method of one of these names."""
    called = node.func if isinstance(node, ast.Call) else None
    return getattr(called, "id", None) in names or getattr(called, "attr", None) in names


def form(node):
    """Return a literal's text, with {} for each value in it; None where it is no literal."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def constants_of(tree):
    """Return the texts that a module's own names stand for."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            (target,) = node.targets
            several = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
            pairs = zip(target.elts, node.value.elts, strict=True) if several else [(target, node.value)]
            found |= {name.id: form(value) for name, value in pairs if isinstance(name, ast.Name) and form(value)}
    return found


def asked_for():
    """Return every sentence that the window has translated, with the file that does."""
    everywhere = {name: text for path in WINDOW for name, text in constants_of(TREES[path]).items()}
    for path in WINDOW:
        known = everywhere | constants_of(TREES[path])
        for node in ast.walk(TREES[path]):
            if is_call_of(node, {"tr"}):
                texts = [form(part) or known.get(getattr(part, "id", None)) for part in ast.walk(node.args[0])]
                assert any(texts), f"{path.name}, line {node.lineno}: tr takes a literal, or the name of one"
                yield from ((text, path) for text in texts if text)


ASKED_FOR = dict(asked_for())


def untranslated(path):
    """Return the literals of a file that stand in no call which translates, and tell what isn't said."""
    tree = TREES[path]
    passed = set()
    for node in ast.walk(tree):
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        typed = [getattr(node, name, None) for name in ("annotation", "returns")]
        silent = docstring or isinstance(node, ast.Raise | ast.Compare) or is_call_of(node, TRANSLATING | {"cast"})
        typed += [node.slice] if isinstance(node, ast.Subscript) else []
        for each in [node] if silent else typed:
            passed |= {id(part) for part in ast.walk(each)} if each is not None else set()
        if isinstance(node, ast.JoinedStr):
            passed |= {id(part) for part in node.values if isinstance(part, ast.Constant)}
    return [node for node in ast.walk(tree) if form(node) is not None and id(node) not in passed]


def core_forms():
    """Return, with {} for what is filled in, what is translated of messages that are said in English and shown here."""
    return {_PLACE.sub("{}", words) for tables in TABLES.values() for words in tables["core"]}


def pieces(words):
    """Return a message and the parts that are translated where it isn't translated whole."""
    marks = (r"(?<=\.) |: |; ", r"(?<=\.) ", ": ", "; ")
    ends = {words, words.removeprefix("{} ").removesuffix("{}") or words}
    return ends | {part for each in ends for mark in marks for part in re.split(mark, each)}


def test_no_words_reach_a_widget_untranslated():
    wrong = []
    for path in WINDOW:
        shown = set()
        for node in ast.walk(TREES[path]):
            if isinstance(node, ast.Call):
                shown |= {
                    id(part) for word in node.keywords if word.arg in SHOWING_ARGUMENTS for part in ast.walk(word)
                }
                if is_call_of(node, SHOWING_CALLS):
                    shown |= {id(part) for argument in node.args for part in ast.walk(argument)}
            elif isinstance(node, ast.Assign) and getattr(node.targets[0], "attr", None) in SHOWING_ATTRIBUTES:
                shown |= {id(part) for part in ast.walk(node.value)}
        wrong += [
            f"{path.name}, line {node.lineno}: {text!r}"
            for node in untranslated(path)
            if id(node) in shown and _LETTERS.search(text := form(node)) and text not in LEFT_ENGLISH
        ]
    assert wrong == [], "\n".join(wrong)


def test_whatever_reads_like_words_is_translated_or_left_for_a_reason():
    core = core_forms()
    wrong = [
        f"{path.name}, line {node.lineno}: {text!r}"
        for path in WINDOW
        if path.name not in CODE_FOR_PEOPLE
        for node in untranslated(path)
        if _PROSE.search(text := form(node)) and not _CODE.search(text)
        if text not in ASKED_FOR and text not in LEFT_ENGLISH and not pieces(text) & core
    ]
    assert wrong == [], "\n".join(wrong)


def places(sentence):
    return sorted(_PLACE.findall(sentence))


@pytest.mark.parametrize("name", TABLES)
def test_a_language_has_all_sentences_of_the_window_and_no_others(name):
    window = TABLES[name]["window"]
    assert sorted(set(ASKED_FOR) - set(window)) == []
    assert sorted(set(window) - set(ASKED_FOR)) == []


@pytest.mark.parametrize("name", TABLES)
def test_translations_keep_placeholders_and_keys_of_the_keyboard(name):
    for table in TABLES[name].values():
        assert {said: done for said, done in table.items() if not done.strip() or places(said) != places(done)} == {}
        keys = {said: [_KEY.findall(each.upper()) for each in (said, done)] for said, done in table.items()}
        assert {said: both for said, both in keys.items() if both[0] != both[1]} == {}


def test_every_language_can_be_preferred():
    manifest = yaml.safe_load((PACKAGE / "napari.yaml").read_text(encoding="utf-8"))
    setting = manifest["contributions"]["configurations"]["window"]["properties"]["language"]
    assert setting["enum"] == ["automatic", "en", *sorted(TABLES)]


@pytest.fixture(params=TABLES)
def table(request, monkeypatch):
    """Return what a language says of core, while the window speaks it."""
    monkeypatch.setattr(language, "wanted_language", lambda: request.param)
    language.start_language()
    yield TABLES[request.param]["core"]
    monkeypatch.undo()
    language.start_language()


def told_settings():
    """Yield what the window takes as it is from the declarations of settings and looks."""
    settings = [*hints(Taste).values(), *hints(TrainingConfig).values(), hints(ApplySettings)["brightness"]]
    yield from (words for setting in settings for words in (setting.label, setting.tooltip))
    yield from (words for look in list_pretrained() for words in (look.group, look.title, look.description))
    yield from PRESETS
    yield from (stage.name for stage in AMOUNT_STAGES)
    yield from map(loss_in_words, ("grain", "drift", "generator_loss", "discriminator_loss"))


FACTS = (
    {"vintage": 16, "photographs": 12, "steps": 240, "change": 9.5, "expected_error": 2.0},
    {"vintage": 1, "photographs": 1, "steps": 1, "change": 5.0, "expected_error": 2.0, "further_styles": 2},
    {"vintage": 3, "steps": 0, "change": 2.0, "expected_error": 1.5, "grain_beyond_noise": {}},
    {"vintage": 2, "photographs": 2, "paired": True, "change": 2.0, "expected_error": 3.0},
    {"vintage": 1, "photographs": 1, "paired": True, "change": 0.5, "steps": 0},
    {"steps": 9, "grain_match": {"kept": "refined", "start": 2.0, "refined": 1.0}},
    {"steps": 9, "grain_match": {"kept": "refined"}},
    {"steps": 9, "grain_match": {"kept": "start"}},
)


def told_at_run_time():
    """Yield messages that core puts together of several literals."""
    yield from map(in_time, (0.1, 1, 40, 60, 400, 8000, 100_000))
    yield from (
        str(Estimate(seconds=4, memory_bytes=3e8, disk_bytes=disk, lazy=lazy))
        for disk in (0, 2e9)
        for lazy in (False, True)
    )
    yield from (describe_pace(3, 300, rate, left) for rate in (0.0, 4.25) for left in (float("inf"), 90.0))
    yield from (f"{heading}: {words}" for facts in FACTS for heading, words in describe_facts(facts))


def test_settings_looks_and_what_core_tells_of_a_training_are_translated(table):
    assert [words for words in told_settings() if words not in table] == []
    told = [language.tr_core(words) for words in told_at_run_time()]
    assert [words for words in told if _LETTERS.search(re.sub("[GM]B", "", words))] == []


def shorter(words):
    """Return a message as the window says it, without what it says to those who type."""
    for pattern, instead in notices._FOR_TYPISTS:
        words = pattern.sub(instead, words)
    return words


def test_core_still_says_what_is_translated_of_it(table):
    said = {form(node) for tree in TREES.values() for node in ast.walk(tree) if form(node) is not None}
    said = {part for words in said for each in (words, shorter(words)) for part in pieces(each)}
    at_run_time = [part for words in told_at_run_time() for part in (words, *re.split(r"; |: ", words))]
    at_run_time += [part for words in at_run_time for part in re.split(" and |, |a | brought | closer| of the ", words)]
    declared = {*told_settings(), ".", ":", ";"}
    gone = [
        words
        for words in table
        if words not in declared
        and _PLACE.sub("{}", words) not in said
        and not any(language._pattern(words).fullmatch(each) for each in at_run_time)
    ]
    assert gone == [], "\n".join(gone)


def test_the_chinese_pages_name_what_is_to_be_read_in_the_window():
    tables = TABLES["zh_CN"]
    shown = {re.sub(r"\(&\w\)| \{\w+\}", "", words) for table in tables.values() for words in table.values()}
    pages = sorted((PACKAGE.parents[1] / "docs" / "zh").rglob("*.md"))
    named = {(page.name, words) for page in pages for words in re.findall(r"\*\*(.+?)\*\*", page.read_text("utf-8"))}
    assert len(named) > 40
    assert {each for each in named if not each[1].isascii() and not shown & {each[1], each[1].rstrip(" …")}} == set()
