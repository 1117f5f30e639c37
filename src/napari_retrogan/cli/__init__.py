"""The command line: ``napari-retrogan demo | train | apply | info``."""


def main() -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    from napari_retrogan.cli.app import app

    app()
