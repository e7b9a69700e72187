"""The network and search process, warm behind the window: its composition root."""

import argparse
import logging
import os
import signal
from typing import BinaryIO

from cbmir_gui.core.logs import open_log
from cbmir_gui.core.privacy import keep_private
from cbmir_gui.engine.process import claim_standard_streams
from cbmir_gui.worker.server import Server

_LOGGER = logging.getLogger(__name__)


def main() -> None:
    """Serve until the parent closes the input, then end within two seconds."""
    parser = argparse.ArgumentParser(prog="cbmir-network")
    parser.add_argument(
        "--no-preload",
        action="store_true",
        help="load the network framework only when a request needs it",
    )
    arguments = parser.parse_args()
    source, target = claim_standard_streams()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    keep_private()
    open_log("worker")
    status = 0
    try:
        serve(source, target, preload=not arguments.no_preload)
    except Exception:
        # Nobody reads the standard error of this process.
        _LOGGER.exception("The worker ended early.")
        status = 1
    logging.shutdown()
    # Native threads of TensorFlow can hold up an ordinary exit.
    os._exit(status)


def serve(source: BinaryIO, target: BinaryIO, preload: bool) -> None:
    """Do what is asked on `source` until it ends, and answer on `target`."""
    # Imported only now: whoever reads the protocol needs no services.
    from cbmir_gui.worker.operations import Operations

    operations = Operations()
    if preload:
        operations.preload()
    server = Server(target, operations.handlers())
    try:
        server.serve(source)
    finally:
        server.close()
        operations.close()


if __name__ == "__main__":
    main()
