"""What `bench/content.py` runs in a fresh process: read the content; print the seconds and the MB that it took."""

import time

from bench.figure import resident

if __name__ == "__main__":
    before, begun = resident(), time.perf_counter()
    from bot.content import load  # its import is a part of what is measured

    catalog = load()
    print(time.perf_counter() - begun, resident() - before, flush=True)
