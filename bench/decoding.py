"""How long one file takes from the decoder process: `python bench/decoding.py FILE...`.

Measured where a caller waits: request, decoding, pixels through the pipe.
"""

import statistics
import sys
import time
from pathlib import Path

from cbmir_gui.engine.decoder_client import DecoderClient

REPEATS = 50


def seconds(client: DecoderClient, path: Path) -> float:
    """Decode once."""
    started = time.perf_counter()
    client.decode(path)
    return time.perf_counter() - started


def main() -> None:
    print(
        f"{'file':40} {'start ms':>9} {'first ms':>9} {'median ms':>10} {'95 % ms':>8}"
    )
    for name in sys.argv[1:]:
        path = Path(name)
        with DecoderClient() as client:
            started = time.perf_counter()
            client.start()
            start = time.perf_counter() - started
            first = seconds(client, path)
            later = [seconds(client, path) for _ in range(REPEATS)]
        median = statistics.median(later)
        slow = statistics.quantiles(later, n=20)[-1]
        print(
            f"{path.name[:40]:40} {1e3 * start:9.0f} {1e3 * first:9.0f} "
            f"{1e3 * median:10.2f} {1e3 * slow:8.2f}"
        )


if __name__ == "__main__":
    main()
