"""Open CBMIR: `python main.py`, or `python main.py COMMAND ...`."""

import sys

from cbmir_gui.app import main

sys.exit(main(sys.argv[1:]))
