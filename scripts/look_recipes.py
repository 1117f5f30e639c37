"""The recipes of the looks that come with the package: what each does to colours, and its grain, softness and light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SIMULATED = "Simulated by formulas; no film was measured."
TABLES = "A colour table of the film emulation set of G'MIC by Pat David ({}), with grain and light by formulas."
TABLES_LICENCE = "CC BY-SA 4.0 (Pat David)"
INFERRED = "public domain as a work of the U.S. Government (inferred, not stated with the files)"
SLIDES, NEGATIVES, INSTANT = "Slides", "Negatives", "Instant pictures"
SILVER, EARLY, AGED = "Silver prints", "Early processes", "Aged and damaged"
GROUPS = (SLIDES, NEGATIVES, INSTANT, SILVER, EARLY, AGED)


@dataclass(frozen=True)
class Film:
    """What lies beside a look's colours.

    Attributes
    ----------
    grain, size, chroma
        Standard deviation of the grain's luminance in midtones, in [0, 1], its size in pixels and its share of colour.
    softness
        Standard deviation of the blur, in pixels.
    halation
        Strength of the glow of red, green and blue; the narrow, middle and wide glows share it.
    fringes
        How far (down, right) red and blue lie beside green, in thousandths of half the diagonal.
    lens
        By how many thousandths red and blue are larger than green.
    marks
        How many times as much dust and as many scratches as usual there are, where they are wanted.
    screen, hardness
        Pixels from dot to dot of a screen and the strength of its dots, in [0, 1], and how hard their edges are.
    mosaic
        Pixels from dyed grain to dyed grain and their purity, in [0, 1].
    """

    grain: float = 0.0
    size: float = 0.7
    chroma: float = 0.3
    softness: float = 0.0
    halation: tuple[float, float, float] = (0.0, 0.0, 0.0)
    fringes: tuple[tuple[float, float], tuple[float, float]] = ((0.0, 0.0), (0.0, 0.0))
    lens: tuple[float, float] = (0.0, 0.0)
    marks: float = 0.0
    screen: tuple[float, float] = (0.0, 0.0)
    hardness: float = 2.0
    mosaic: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Recipe:
    """A look: its card, and where its colours come from: steps of ``simulation.tones``, a film table, or pictures.

    Steps follow on a table. A ``tone`` instead of both is one curve of colours over a mix of channels: (weights, curve
    from black to white at even steps).
    """

    group: str
    title: str
    description: str
    film: Film = Film()
    steps: tuple[tuple[str, dict[str, Any]], ...] = ()
    table: str = ""
    tone: tuple[tuple[float, float, float], tuple[tuple[float, float, float], ...]] | None = None
    vignette: float = 0.0
    collections: tuple[str, ...] = ()
    source: str = SIMULATED
    licence: str = "none needed"


def _table(
    group: str, title: str, description: str, table: str, film: Film, *steps: tuple[str, dict[str, Any]]
) -> Recipe:
    """Return the recipe of a film table."""
    source = TABLES.format(table.partition("/")[2].replace("_", " "))
    return Recipe(group, title, description, film, steps, table, source=source, licence=TABLES_LICENCE)


RECIPES: dict[str, Recipe] = {
    # Slides
    "faded-slides-1970s": Recipe(
        SLIDES,
        "Faded slides, 1970s",
        "Colours gone soft, whites gone rosy grey and blacks that are none any more.",
        Film(grain=0.012, size=0.9, softness=0.5, halation=(0.10, 0.03, 0.0)),
        steps=(("contrast", {"slope": 3.4, "pivot": 0.45}), ("saturate", {"amount": 1.3})),
        collections=("documerica",),
        source="63 slides of DOCUMERICA, of the U.S. Environmental Protection Agency, 1971 to 1977 (National "
        "Archives), lightened as ordinary photographs are.",
        licence=INFERRED,
    ),
    "vivid-slide": _table(
        SLIDES,
        "Vivid slide",
        "Deep blues and greens, strong reds, dense shadows.",
        "colorslide/fuji_velvia_50",
        Film(grain=0.008, size=0.6, halation=(0.10, 0.03, 0.0)),
        ("saturate", {"amount": 1.3}),
    ),
    "warm-slide-1950s": _table(
        SLIDES,
        "Warm slide, 1950s",
        "Rich reds and yellows, slate skies and deep, neutral blacks.",
        "colorslide/generic_kodachrome_64",
        Film(grain=0.014, size=0.7, softness=0.4, halation=(0.15, 0.05, 0.01)),
        ("mix", {"matrix": [[1.06, -0.02, -0.02], [-0.04, 1.02, 0.06], [-0.02, 0.0, 0.96]]}),
        ("split_tone", {"shadows": (0.02, -0.005, -0.015), "highlights": (0.03, 0.014, -0.06), "balance_at": 0.8}),
        ("saturate", {"amount": 1.08}),
    ),
    "cool-slide-1980s": _table(
        SLIDES,
        "Cool slide, 1980s",
        "Clean, slightly blue light and crisp contrast.",
        "colorslide/kodak_ektachrome_100_vs",
        Film(grain=0.012, size=0.7, halation=(0.08, 0.03, 0.0)),
        ("balance", {"gains": (0.82, 1.04, 1.16)}),
        ("split_tone", {"shadows": (-0.015, 0.0, 0.03), "highlights": (-0.01, 0.01, 0.0), "balance_at": 1.0}),
    ),
    # Negatives
    "portrait-negative": _table(
        NEGATIVES,
        "Portrait negative",
        "Soft contrast and gentle skin.",
        "negative_old/kodak_portra_160_nc",
        Film(grain=0.016, size=0.8, chroma=0.4, halation=(0.12, 0.04, 0.0)),
        ("contrast", {"slope": 2.0, "pivot": 0.5}),
        ("split_tone", {"shadows": (0.012, 0.008, 0.02), "highlights": (0.02, 0.008, -0.025), "balance_at": 1.0}),
    ),
    "holiday-negative-1990s": _table(
        NEGATIVES,
        "Holiday negative, 1990s",
        "Warm prints of sunny days, from the drugstore.",
        "negative_color/kodak_elite_color_200",
        Film(grain=0.022, size=0.9, chroma=0.45, softness=0.5, halation=(0.12, 0.05, 0.0)),
        ("fade_dyes", {"remaining": (1.02, 0.97, 0.88), "stain": (0.0, 0.02, 0.10)}),
        ("saturate", {"amount": 1.15}),
    ),
    "green-negative-2000s": _table(
        NEGATIVES,
        "Cool negative, 2000s",
        "Greenish shadows, cool whites and lively reds.",
        "negative_old/fuji_superia_100",
        Film(grain=0.024, size=0.9, chroma=0.5, halation=(0.10, 0.06, 0.0)),
        ("balance", {"gains": (0.88, 1.02, 1.02)}),
        ("split_tone", {"shadows": (-0.02, 0.025, 0.012), "highlights": (-0.015, 0.01, 0.015), "balance_at": 0.8}),
    ),
    "pushed-night-negative": _table(
        NEGATIVES,
        "Pushed night negative",
        "High speed film developed longer: coarse coloured grain, hard contrast and red glow around lamps.",
        "negative_color/fuji_superia_hg_1600",
        Film(grain=0.036, size=1.1, chroma=0.5, softness=0.4, halation=(0.35, 0.12, 0.02)),
        ("contrast", {"slope": 3.5, "pivot": 0.5}),
        ("split_tone", {"shadows": (-0.045, 0.025, 0.05), "highlights": (0.03, 0.015, -0.06), "balance_at": 0.8}),
    ),
    "redscale": Recipe(
        NEGATIVES,
        "Redscale",
        "Film exposed through its back: everything from deep red to yellow.",
        Film(grain=0.03, size=0.9, chroma=0.3, softness=0.5, halation=(0.15, 0.06, 0.0)),
        steps=(
            ("mix", {"matrix": [[0.75, 0.12, 0.02], [0.25, 0.70, 0.12], [0.05, 0.10, 0.18]]}),
            (
                "curves",
                {"heights": [[0.08, 0.46, 0.78, 0.95, 1.0], [0, 0.13, 0.36, 0.62, 0.86], [0, 0.02, 0.06, 0.12, 0.24]]},
            ),
        ),
    ),
    "cross-processed": Recipe(
        NEGATIVES,
        "Cross-processed slide",
        "Steep red and green, flat blue: cyan-blue shadows and yellow lights.",
        Film(grain=0.025, size=0.8, softness=0.4, halation=(0.10, 0.05, 0.0)),
        steps=(
            ("curves", {"heights": [[0, 0.12, 0.55, 0.9, 1], [0, 0.18, 0.55, 0.86, 1], [0.18, 0.35, 0.5, 0.64, 0.8]]}),
            ("saturate", {"amount": 1.15}),
        ),
    ),
    "silver-retained-1990s": Recipe(
        NEGATIVES,
        "Silver left in, 1990s",
        "Bleach left out, so that silver lies over the dyes: steel colours, hard light and deep blacks.",
        Film(grain=0.026, size=0.8, chroma=0.15, halation=(0.16, 0.07, 0.01)),
        steps=(
            ("saturate", {"amount": 0.48}),
            ("contrast", {"slope": 5.5, "pivot": 0.5}),
            ("split_tone", {"shadows": (-0.012, 0.004, 0.018), "highlights": (0.012, 0.008, -0.02), "balance_at": 1.0}),
        ),
    ),
    # Instant pictures
    "instant-print": Recipe(
        INSTANT,
        "Instant print",
        "Creamy whites, greenish shadows, little contrast, dark corners.",
        Film(grain=0.012, size=1.2, softness=1.0, halation=(0.08, 0.06, 0.03)),
        steps=(
            ("split_tone", {"shadows": (-0.03, 0.025, 0.035), "highlights": (0.03, 0.012, -0.06), "balance_at": 1.0}),
            ("saturate", {"amount": 1.05}),
            ("print_between", {"black": (0.055, 0.065, 0.07), "white": (0.98, 0.955, 0.88)}),
            ("vignette", {"amount": 0.22, "power": 1.4}),
        ),
    ),
    "warm-instant-1970s": _table(
        INSTANT,
        "Warm instant picture, 1970s",
        "Peeled apart after a minute: muted colours, rosy lights and dense brown shadows.",
        "colorslide/polaroid_669",
        Film(grain=0.012, size=1.1, softness=0.9, halation=(0.10, 0.06, 0.02)),
        ("split_tone", {"shadows": (0.05, 0.01, -0.01), "highlights": (0.015, -0.01, -0.03), "balance_at": 0.7}),
    ),
    "cold-instant": _table(
        INSTANT,
        "Cold instant picture",
        "Developed in the cold: slate blue, flat and next to colourless.",
        "instant_consumer/polaroid_px-100uv+_cold",
        Film(grain=0.02, size=1.2, softness=1.0, halation=(0.05, 0.05, 0.03)),
        ("print_between", {"black": (-0.10, -0.15, -0.17), "white": (1.05, 1.05, 1.05)}),
    ),
    "revived-instant-2010s": _table(
        INSTANT,
        "Revived instant film, 2010s",
        "Lemon whites and petrol shadows, from chemistry that was found out anew.",
        "instant_consumer/polaroid_px-680",
        Film(grain=0.022, size=1.2, chroma=0.4, softness=1.0, halation=(0.08, 0.06, 0.02)),
    ),
    "expired-instant": Recipe(
        INSTANT,
        "Expired instant film",
        "Long past its date: pale and creamy, with a yellow corner and shadows gone teal.",
        Film(grain=0.025, size=1.3, chroma=0.5, softness=1.2, halation=(0.06, 0.05, 0.02)),
        steps=(
            ("saturate", {"amount": 0.8}),
            ("contrast", {"slope": 2.4, "pivot": 0.5}),
            ("split_tone", {"shadows": (-0.06, 0.02, 0.05), "highlights": (0.02, 0.01, -0.06), "balance_at": 0.9}),
            ("print_between", {"black": (0.09, 0.11, 0.12), "white": (0.98, 0.96, 0.84)}),
            (
                "lay_gradient",
                {
                    "stops": [[0.98, 0.82, 0.45, 0.0], [0.98, 0.82, 0.45, 0.1], [0.98, 0.70, 0.35, 0.6]],
                    "mode": "screen",
                    "opacity": 0.6,
                    "shape": {"direction": (0.8, -0.6)},
                },
            ),
        ),
    ),
    # Silver prints
    "silver-prints-1930s": Recipe(
        SILVER,
        "Silver prints, 1930s",
        "Black and white with a long scale and visible grain.",
        Film(grain=0.022, size=0.8, chroma=0.0, softness=0.5, halation=(0.08, 0.08, 0.08)),
        steps=(("contrast", {"slope": 4.2, "pivot": 0.45}),),
        collections=("fsa_",),
        source="76 negatives of the FSA and the Office of War Information, 1935 to 1943 (Library of Congress).",
        licence="no known restrictions on publication (Library of Congress)",
    ),
    "press-print-1960s": Recipe(
        SILVER,
        "Press print, 1960s",
        "Fast film pushed for the morning's paper: hard blacks, bright whites and coarse grain.",
        Film(grain=0.06, size=1.0, chroma=0.0, softness=0.4, halation=(0.15, 0.15, 0.15)),
        tone=((0.35, 0.45, 0.20), tuple((level,) * 3 for level in (0.03, 0.09, 0.30, 0.62, 0.86, 0.97))),
        vignette=0.15,
    ),
    "fine-silver-print": Recipe(
        SILVER,
        "Fine silver print",
        "A large negative behind an orange filter, printed with care: dark skies, smooth, deep and sharp.",
        Film(grain=0.012, size=0.6, chroma=0.0, halation=(0.05, 0.05, 0.05)),
        tone=((0.72, 0.36, -0.08), tuple((level,) * 3 for level in (0.032, 0.158, 0.35, 0.575, 0.795, 0.96))),
    ),
    "orthochromatic-1920s": Recipe(
        SILVER,
        "Orthochromatic film, 1920s",
        "Blind to red: dark lips and brick, white skies, freckles that show.",
        Film(grain=0.035, size=1.0, chroma=0.0, softness=0.9, halation=(0.22, 0.22, 0.22)),
        tone=((0.02, 0.48, 0.50), tuple((level,) * 3 for level in (0.055, 0.16, 0.365, 0.60, 0.81, 0.93))),
        vignette=0.25,
    ),
    "infrared-1940s": Recipe(
        SILVER,
        "Infrared film, 1940s",
        "Light leaves, skies next to black, and a glow around all that is bright.",
        Film(grain=0.045, size=1.0, chroma=0.0, softness=0.8, halation=(0.55, 0.55, 0.55)),
        tone=((0.20, 1.35, -0.55), tuple((level,) * 3 for level in (0.03, 0.11, 0.32, 0.62, 0.86, 0.97))),
    ),
    # Early processes
    "albumen-print-1870s": Recipe(
        EARLY,
        "Albumen print, 1870s",
        "Purple-brown shadows and yellowed whites, skies without clouds.",
        Film(grain=0.012, size=1.2, chroma=0.0, softness=0.9, halation=(0.05, 0.05, 0.05)),
        tone=(
            (0.10, 0.35, 0.55),
            (
                (0.135, 0.075, 0.075),
                (0.30, 0.18, 0.155),
                (0.51, 0.36, 0.275),
                (0.72, 0.58, 0.43),
                (0.88, 0.78, 0.60),
                (0.96, 0.89, 0.72),
            ),
        ),
        vignette=0.2,
    ),
    "tintype-1860s": Recipe(
        EARLY,
        "Tintype, 1860s",
        "On black lacquered iron: silvery lights, black shadows, soft corners; blind to red.",
        Film(grain=0.02, size=1.4, chroma=0.0, softness=1.0, halation=(0.10, 0.10, 0.10)),
        tone=(
            (0.08, 0.42, 0.50),
            (
                (0.040, 0.036, 0.036),
                (0.115, 0.105, 0.10),
                (0.34, 0.315, 0.29),
                (0.57, 0.535, 0.49),
                (0.75, 0.715, 0.66),
                (0.87, 0.835, 0.78),
            ),
        ),
        vignette=0.3,
    ),
    "sepia": Recipe(
        EARLY,
        "Sepia",
        "Brown tones on ivory paper.",
        Film(grain=0.025, size=0.8, chroma=0.0, softness=0.7, halation=(0.06, 0.06, 0.06)),
        tone=(
            (0.3, 0.55, 0.15),
            (
                (0.09, 0.055, 0.03),
                (0.24, 0.16, 0.095),
                (0.44, 0.32, 0.20),
                (0.65, 0.52, 0.37),
                (0.85, 0.74, 0.58),
                (0.97, 0.92, 0.82),
            ),
        ),
        vignette=0.15,
    ),
    "cyanotype": Recipe(
        EARLY,
        "Cyanotype",
        "Prussian blue on cream paper.",
        Film(grain=0.018, size=1.0, chroma=0.0, softness=0.8),
        tone=(
            (0.15, 0.45, 0.40),
            (
                (0.03, 0.09, 0.24),
                (0.08, 0.22, 0.43),
                (0.20, 0.40, 0.60),
                (0.46, 0.63, 0.76),
                (0.77, 0.83, 0.85),
                (0.95, 0.94, 0.88),
            ),
        ),
    ),
    "three-colour-plates-1910s": Recipe(
        EARLY,
        "Three-colour plates, 1910s",
        "Strong, slightly unruly colours of three plates exposed in turn, which never lie quite on each other.",
        Film(grain=0.02, size=0.8, chroma=0.8, softness=0.4, fringes=((2.6, -1.5), (-1.9, 2.3)), lens=(1.0, -1.2)),
        steps=(
            ("contrast", {"slope": 2.6, "pivot": 0.5}),
            ("saturate", {"amount": 1.35}),
            ("split_tone", {"shadows": (0.03, -0.02, 0.05), "highlights": (0.0, 0.03, -0.05), "balance_at": 0.8}),
        ),
        collections=("prokudin",),
        source="10 plates of S. M. Prokudin-Gorskii, 1905 to 1915 (Library of Congress).",
        licence="public domain (inferred: the photographer died in 1944)",
    ),
    "starch-grain-plate-1910s": Recipe(
        EARLY,
        "Starch-grain plate, 1910s",
        "Dyed grains of starch for colours: dense, pastel, with coarse coloured grain and lamp-like lights.",
        Film(grain=0.01, size=1.1, softness=0.9, halation=(0.10, 0.09, 0.06), mosaic=(2.4, 0.45)),
        steps=(
            ("mix", {"matrix": [[0.78, 0.12, 0.08], [0.16, 0.76, 0.16], [0.06, 0.12, 0.76]]}),
            ("contrast", {"slope": 3.0, "pivot": 0.45}),
            ("saturate", {"amount": 1.15}),
            ("split_tone", {"shadows": (0.03, -0.005, 0.06), "highlights": (0.015, 0.02, -0.08), "balance_at": 0.8}),
            ("print_between", {"black": (0.03, 0.025, 0.04), "white": (0.97, 0.95, 0.85)}),
            ("vignette", {"amount": 0.22, "power": 1.3}),
        ),
    ),
    "hand-coloured-1900s": Recipe(
        EARLY,
        "Hand-coloured print, 1900s",
        "A warm silver print with thin washes of colour: pink skin, pale blue sky, sage green.",
        Film(grain=0.02, size=0.9, chroma=0.0, softness=0.8, halation=(0.06, 0.05, 0.04)),
        steps=(
            ("mix", {"matrix": [[0.80, 0.02, 0.18], [0.16, 0.80, 0.04], [0.04, 0.18, 0.78]]}),
            ("saturate", {"amount": 1.25}),
            ("contrast", {"slope": 3.0, "pivot": 0.5}),
            ("print_between", {"black": (0.17, 0.105, 0.07), "white": (0.985, 0.955, 0.90)}),
            ("vignette", {"amount": 0.18, "power": 1.2}),
        ),
    ),
    "two-colour-cinema-1920s": Recipe(
        EARLY,
        "Two-colour cinema, 1920s",
        "Only orange-red and blue-green: natural skin, teal skies, no true yellow or purple.",
        Film(
            grain=0.025,
            size=0.9,
            chroma=0.5,
            softness=0.8,
            halation=(0.18, 0.08, 0.03),
            fringes=((0.6, 0.3), (-0.3, 0.0)),
        ),
        steps=(
            ("mix", {"matrix": [[0.90, 0.14, 0.12], [0.10, 0.56, 0.48], [0.0, 0.30, 0.40]]}),
            ("contrast", {"slope": 2.6, "pivot": 0.5}),
            ("saturate", {"amount": 1.15}),
            ("print_between", {"black": (0.06, 0.05, 0.05), "white": (0.97, 0.94, 0.86)}),
        ),
    ),
    "three-strip-cinema-1940s": Recipe(
        SLIDES,
        "Dye-transfer cinema, 1940s",
        "Three strips of film printed in dyes: saturated, deep and glowing, reds above all.",
        Film(
            grain=0.016,
            size=0.8,
            chroma=0.3,
            softness=0.6,
            halation=(0.20, 0.10, 0.04),
            fringes=((0.35, -0.2), (-0.25, 0.3)),
        ),
        steps=(
            ("mix", {"matrix": [[1.30, -0.12, -0.10], [-0.20, 1.22, -0.12], [-0.10, -0.10, 1.22]]}),
            ("contrast", {"slope": 3.6, "pivot": 0.48}),
            ("split_tone", {"shadows": (0.0, 0.005, 0.02), "highlights": (0.02, 0.01, -0.03), "balance_at": 1.0}),
            ("print_between", {"black": (0.025, 0.025, 0.035), "white": (0.98, 0.97, 0.93)}),
        ),
    ),
    # Aged and damaged
    "warm-print": Recipe(
        AGED,
        "Warm print",
        "A yellowed print with lifted shadows.",
        Film(grain=0.02, size=0.8, softness=0.6, halation=(0.06, 0.04, 0.01), marks=0.7),
        steps=(
            ("saturate", {"amount": 0.95}),
            ("bend", {"gammas": (0.84, 1.0, 1.2)}),
            ("contrast", {"slope": 2.2, "pivot": 0.5}),
            ("print_between", {"black": (0.13, 0.075, 0.04), "white": (0.995, 0.93, 0.75)}),
            ("vignette", {"amount": 0.15, "power": 1.0}),
        ),
    ),
    "faded-magenta-print": Recipe(
        AGED,
        "Print gone magenta",
        "Cyan and yellow dyes have faded in the album: pinkish whites, red shadows.",
        Film(grain=0.018, size=0.9, softness=0.7, halation=(0.06, 0.03, 0.02), marks=1.0),
        steps=(
            ("fade_dyes", {"remaining": (0.52, 0.92, 0.66), "stain": (0.02, 0.05, 0.055)}),
            ("saturate", {"amount": 0.92}),
        ),
    ),
    "sun-bleached-print": Recipe(
        AGED,
        "Sun-bleached print",
        "Years in a window: pale, bluish, hardly any red or yellow left.",
        Film(grain=0.012, size=0.9, softness=0.7, marks=0.7),
        steps=(
            ("fade_dyes", {"remaining": (0.95, 0.62, 0.48), "stain": (0.02, 0.01, 0.02)}),
            ("bend", {"gammas": (1.2, 1.55, 1.55)}),
            ("saturate", {"amount": 0.85}),
            ("print_between", {"black": (0.15, 0.17, 0.185), "white": (0.985, 0.985, 0.97)}),
        ),
    ),
    "home-movie-1960s": Recipe(
        AGED,
        "Home movie, 1960s",
        "Small film, much enlarged: warm, soft, grainy, with red glow and colour fringes.",
        Film(
            grain=0.036, size=1.4, chroma=0.45, softness=1.2, halation=(0.40, 0.14, 0.03), lens=(1.8, -1.4), marks=1.5
        ),
        steps=(
            ("saturate", {"amount": 1.12}),
            (
                "curves",
                {
                    "heights": [
                        [0.05, 0.33, 0.62, 0.85, 1.0],
                        [0.03, 0.26, 0.54, 0.80, 0.95],
                        [0.06, 0.24, 0.46, 0.68, 0.82],
                    ]
                },
            ),
            ("vignette", {"amount": 0.3, "power": 1.5}),
        ),
    ),
    "printed-page-1950s": Recipe(
        AGED,
        "Printed page, 1950s",
        "Three inks on yellowing paper, not quite in register, and speckled; without the dots of a screen.",
        Film(
            grain=0.03,
            size=0.9,
            chroma=1.6,
            softness=0.6,
            fringes=((1.6, 1.0), (-1.2, -1.6)),
        ),
        steps=(
            ("mix", {"matrix": [[1.14, 0.0, -0.06], [-0.06, 0.98, 0.08], [-0.06, 0.12, 0.90]]}),
            ("saturate", {"amount": 1.2}),
            ("contrast", {"slope": 4.4, "pivot": 0.5}),
            ("print_between", {"black": (0.12, 0.11, 0.13), "white": (0.95, 0.92, 0.81)}),
        ),
    ),
    "halftone-page": Recipe(
        AGED,
        "Halftone page",
        "Colours of a magazine in dots of three inks, on paper that is slightly warm; ink leaves no deep black.",
        Film(
            grain=0.012,
            size=0.8,
            softness=0.6,
            fringes=((0.5, 0.3), (-0.4, -0.3)),
            screen=(4.6, 0.55),
        ),
        steps=(
            ("mix", {"matrix": [[1.12, -0.04, -0.06], [-0.06, 1.08, 0.0], [-0.06, -0.04, 1.06]]}),
            ("saturate", {"amount": 1.1}),
            ("contrast", {"slope": 2.8, "pivot": 0.48}),
            ("print_between", {"black": (0.11, 0.10, 0.105), "white": (0.975, 0.955, 0.895)}),
        ),
    ),
    "album-portrait-1910s": Recipe(
        AGED,
        "Album portrait, 1910s",
        "One brown tone, gone soft and low in contrast between the pages.",
        Film(grain=0.02, size=1.2, chroma=0.0, softness=1.0, marks=1.0),
        tone=(
            (0.15, 0.45, 0.40),
            (
                (0.165, 0.125, 0.10),
                (0.29, 0.225, 0.175),
                (0.475, 0.385, 0.305),
                (0.67, 0.58, 0.475),
                (0.82, 0.745, 0.635),
                (0.90, 0.84, 0.74),
            ),
        ),
        vignette=0.2,
    ),
}
