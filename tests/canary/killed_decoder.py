"""Kills the decoder while it reads, as a hostile file does; says what the user is told.

python killed_decoder.py FILE...
"""

import resource
import signal
import sys
import threading
import time
from pathlib import Path

import psutil

from cbmir_gui.core.errors import CbmirError
from cbmir_gui.core.logs import open_log
from cbmir_gui.core.privacy import keep_private
from cbmir_gui.engine.decoder_client import DecoderClient

keep_private()
open_log("killed")
with DecoderClient(timeout_s=200) as decoder:
    for number, file in enumerate(sys.argv[1:]):
        decoder.decode(Path(file))  # it has read the file, and is there
        pid = decoder.pid
        limits = psutil.Process(pid).rlimit(psutil.RLIMIT_CORE)
        assert limits[0] == 0, limits
        signal_number = (signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL)[number % 3]
        psutil.Process(pid).suspend()

        def kill(pid: int = pid, signal_number: int = signal_number) -> None:
            time.sleep(0.05)
            process = psutil.Process(pid)
            process.send_signal(signal_number)
            process.resume()

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            decoder.decode(Path(file))
            sys.stdout.write("it lived\n")
        except CbmirError as error:
            sys.stdout.write(f"{type(error).__name__}: {error}\n")
        killer.join()
assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0
