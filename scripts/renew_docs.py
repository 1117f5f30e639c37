"""Make everything of the site and the lists beside it that is made by scripts: one command, about four minutes.

Run ``python scripts/renew_docs.py [--without-pictures]``; without pictures of the widgets it takes half a minute.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
QUICK = ("list_apply_only", "list_licences", "make_figures", "make_gallery")


def main() -> None:
    """Run each script."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--without-pictures", action="store_true", help="leave the pictures of the widgets as they are")
    scripts = QUICK if parser.parse_args().without_pictures else (*QUICK, "take_screenshots")
    for name in scripts:
        subprocess.run([sys.executable, str(FOLDER / f"{name}.py")], cwd=FOLDER.parent, check=True)  # noqa: S603


if __name__ == "__main__":
    main()
