"""`python -m cbmir_gui` opens the window, or runs a command if one is named."""

import sys

from cbmir_gui.app import main

sys.exit(main(sys.argv[1:]))
