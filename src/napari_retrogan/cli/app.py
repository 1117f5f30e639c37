"""The commands, their options and their exit codes; what they do is imported when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperCommand, TyperGroup

from napari_retrogan.cli.options import with_options
from napari_retrogan.core.config import GONE, Preset, TrainingConfig
from napari_retrogan.core.errors import RetroGANError
from napari_retrogan.core.foreign.values import shown
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.version import __version__

_Backend = Literal["tensorflow", "jax", "torch"]

_LOOK = "A .retrogan file, or the name of a look that comes with the package or is in your library."

_MOST_LETTERS, _LINE_BREAK = 4000, "\n"
"""Of an error, which may quote what stands in a file."""


class _Commands(TyperGroup):
    """Says in a sentence what went wrong, and maps it to an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (RetroGANError, OSError) as error:
            words = str(error).replace("overwrite=True, --overwrite", "--overwrite")
            typer.secho(f"Error: {shown(words, _MOST_LETTERS, keep=_LINE_BREAK)}", err=True, fg="red")
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            typer.secho("Interrupted.", err=True, fg="red")
            raise typer.Exit(130) from None


class _TrainCommand(TyperCommand):
    """Lets ``--photographs`` and ``--vintage`` take several paths at once, as a shell's ``*.jpg`` gives them.

    Says of options that earlier versions had why there are none.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        spread: list[str] = []
        option = None
        for arg in args:
            if arg.startswith("--"):
                setting = arg.partition("=")[0].removeprefix("--").removeprefix("no-").replace("-", "_")
                if setting in GONE:
                    raise typer.BadParameter(f"there is no {arg.partition('=')[0]} any more: {GONE[setting]}")
            if arg.startswith("-"):
                option = arg if arg in {"--photographs", "--vintage"} else None
            elif option is not None and spread[-1] != option:
                spread.append(option)
            spread.append(arg)
        return super().parse_args(ctx, spread)


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    # Boxes would cut the names of long options.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"napari-retrogan {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Train a GAN on pictures and give any photograph their vintage style."""


@app.command()
def demo(
    output: Annotated[Path, typer.Option(help="The picture that shows the outcome.")] = Path("retrogan-demo.png"),
    steps: Annotated[int, typer.Option(min=1, help="Steps of training.")] = TrainingConfig().num_steps,
    window: Annotated[bool, typer.Option(help="Open the layers in napari where there is a display.")] = True,
) -> None:
    """Train on sample pictures, apply, and show the outcome; downloads nothing."""
    from napari_retrogan.cli.demo import run_demo

    run_demo(output, steps, window=window)


@app.command(cls=_TrainCommand)
@with_options(TrainingConfig)
def train(
    output: Annotated[Path, typer.Option(help="The look's file, such as look.retrogan.")],
    photographs: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH...",
            help="Your photographs: files, folders or patterns. Without any, the look is measured at once.",
        ),
    ] = None,
    vintage: Annotated[
        list[str] | None, typer.Option(metavar="PATH...", help="Pictures in the style: files, folders or patterns.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the training interrupted last: its pictures, its settings.")
    ] = False,
    preset: Annotated[Preset, typer.Option(help="The quality: how many steps, unless told.")] = "balanced",
    paired: Annotated[bool, typer.Option("--paired", help="The pictures are before and after, in order.")] = False,
    name: Annotated[str, typer.Option(help="What the look is called in your library; else as the output.")] = "",
    initial: Annotated[Path | None, typer.Option(metavar="LOOK", help="A look to go on from.")] = None,
    backend: Annotated[
        _Backend | None, typer.Option(help="Keras backend; else KERAS_BACKEND, else tensorflow.")
    ] = None,
    devices: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="How many devices share each batch, on jax; else all accelerators."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the output if it exists.")] = False,
    *,
    settings: dict[str, Any],
) -> None:
    """Learn a look. Ctrl-C stops and keeps what is learnt; a second one ends at once. --resume goes on.

    It is written to the output and kept in your library.
    """
    from napari_retrogan.cli.training import resume_to_file, train_to_file

    if resume:
        if photographs or vintage or paired or initial or devices or settings:
            raise typer.BadParameter("--resume takes pictures and settings from the interrupted training")
        resume_to_file(output, name=name, backend=backend, overwrite=overwrite)
        return
    if not vintage:
        raise typer.BadParameter("give --photographs and --vintage, or --vintage alone, or --resume")
    if paired and not photographs:
        raise typer.BadParameter("--paired needs the pictures before in --photographs, those after in --vintage")
    train_to_file(
        photographs or (),
        vintage,
        output,
        config=TrainingConfig.preset(preset, **settings),
        paired=paired,
        initial=initial,
        backend=backend,
        devices=devices,
        name=name,
        overwrite=overwrite,
    )


@app.command()
@with_options(ApplySettings)
def apply(
    generator: Annotated[Path, typer.Argument(metavar="LOOK", help=_LOOK)],
    pictures: Annotated[list[str], typer.Argument(help="Photographs: files, folders or patterns.")],
    output: Annotated[Path | None, typer.Option(help="The result's file; for one photograph.")] = None,
    output_folder: Annotated[Path | None, typer.Option(help="The results' folder, made if need be.")] = None,
    style: Annotated[
        str | None,
        typer.Option(
            metavar="N|PATH",
            help="Another style: its number, from 0; one to draw by a larger number; or pictures of it.",
        ),
    ] = None,
    marks_layer: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write dust and scratches here, transparent around them, and not on the result."
        ),
    ] = None,
    value_range: Annotated[
        tuple[float, float] | None,
        typer.Option(metavar="BLACK WHITE", help="The values of black and white; else by the file's type and notes."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace results that exist.")] = False,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler, such as tcp://host:8786, to compute there.")
    ] = None,
    *,
    settings: dict[str, Any],
) -> None:
    """Give photographs a look; results keep size, depth, format and notes.

    Zarr stores are taken too, and an output that ends in .zarr makes one, part by part: a run that was broken off
    goes on where it ended.

    Without an output option a result stands beside its photograph, named like cat-vintage.jpg.
    """
    from napari_retrogan.cli.applying import apply_to_files

    if output is not None and output_folder is not None:
        raise typer.BadParameter("give --output or --output-folder, not both")
    apply_to_files(
        generator,
        pictures,
        settings if value_range is None else {**settings, "value_range": value_range},
        style=style,
        output=output,
        folder=output_folder,
        marks_layer=marks_layer,
        overwrite=overwrite,
        scheduler=scheduler,
    )


@app.command()
def export(
    generator: Annotated[Path, typer.Argument(metavar="LOOK", help=_LOOK)],
    output: Annotated[Path, typer.Option(help="The new file: look.cube for editors, or look.onnx.")],
    size: Annotated[int, typer.Option(min=2, max=129, help="Colours a side of a .cube table.")] = 33,
    like: Annotated[Path | None, typer.Option(help="A photograph whose overall tone a table is to suit.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the output if it exists.")] = False,
) -> None:
    """Write a look's colours as a .cube table, or all of it as an ONNX graph."""
    from napari_retrogan.cli.exporting import export_to_file

    export_to_file(generator, output, size=size, like=like, overwrite=overwrite)


@app.command()
def info(
    look: Annotated[Path, typer.Argument(help=_LOOK)],
    everything: Annotated[bool, typer.Option("--all", help="Print all that its file holds.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print that as JSON.")] = False,
) -> None:
    """Print a look's card: from what it was learnt, what it does and how sure that is."""
    from napari_retrogan.cli.card import print_card

    print_card(look, everything=everything, as_json=as_json)


@app.command()
def looks() -> None:
    """List the looks that come with the package and those of your library; apply takes their names."""
    from napari_retrogan.cli.looks import print_looks

    print_looks()
