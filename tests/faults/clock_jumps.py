#!/usr/bin/env python3
"""Kills a crawl and resumes it as if the machine had started anew, while the wall clock jumps: both clocks lie, and nothing may follow from it.

usage: clock_jumps.py BINARY --library wallclock.so [--breaks N] [--seed N] …

Each run has a monotonic clock of its own, hours before or behind the last one's, as after a restart of the machine (a time namespace;
without the right to make one the test is skipped, 77), and a wall clock that jumps some times a second by up to ten years. The site's
clock is the machine's: delays must hold by it, and the crawl must not fall silent.
"""
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time

import rig
import rounds

SKIPPED = 77
HOUR, YEAR = 3600, 365 * 86400
JUMPS = (0, HOUR, -HOUR, 10 * YEAR, -10 * YEAR, 1, -1, 0.25, -0.25)  # seconds, from what is right


def namespace():
    """The command that gives a program a monotonic clock of its own, without the offset; leaves where there is none."""
    look = "import os, time; print(os.getpid(), time.monotonic())"
    for how in (["unshare", "-T"], ["unshare", "-rT"]):
        if not shutil.which("unshare"):
            break
        with subprocess.Popen([*how, "--monotonic", "100000", sys.executable, "-c", look], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as probe:
            said = probe.communicate()[0].split()
        if len(said) == 2 and int(said[0]) == probe.pid and float(said[1]) > time.monotonic() + 90000:
            return how
    print("skipped: a time namespace is not allowed here, or does not begin with exec (unshare -T --monotonic)")
    sys.exit(SKIPPED)


class jumping_clock:
    """The wall clock's offset, in a file that the library maps; jumps while the `with` lasts."""

    def __init__(self, path, rng):
        self.path, self.rng = path, rng
        self.set(0)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._jump)

    def set(self, seconds):
        with open(self.path, "r+b" if self.path.exists() else "wb", buffering=0) as out:
            out.write(struct.pack("=q", int(seconds * 1e9)))

    def _jump(self):
        while not self.over.wait(self.rng.uniform(0.05, 0.5)):
            self.set(self.rng.choice(JUMPS))

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def jump_and_kill(how, library):
    """Breaks a crawl off up to `most` times; each run begins at another time of both clocks."""
    def start(run, rng):
        now = time.monotonic()  # the offset may not take the clock below 0
        run.prefix = [*how, "--monotonic", str(int(rng.choice((rng.uniform(-now + 10, 0), rng.uniform(0, 100 * HOUR)))))]
        run.start()

    def break_off(run, rng, most):
        path = run.work / "wallclock"
        run.environment |= {"LD_PRELOAD": str(library), "TRAWL_WALLCLOCK_FILE": str(path)}
        with jumping_clock(path, rng):
            for done in range(most):
                start(run, rng)
                if rounds.ends_before_break(run, rng, most):
                    return done, rounds.wrong_code(run, run.end(), [rig.DONE])
                code = run.end(signal.SIGKILL)
                if code == rig.DONE or run.is_drained():
                    return done + 1, []
            start(run, rng)
            return most, rounds.wrong_code(run, run.end(seconds=60), [rig.DONE])
    return break_off


def main():
    parser = rounds.parser("moves the clocks under a crawl that is killed and resumed, then judges it")
    parser.add_argument("--library", type=pathlib.Path, required=True, help="preload/wallclock.c, built")
    options = parser.parse_args()
    how = namespace()
    return rounds.campaign(options).until_enough(jump_and_kill(how, options.library.resolve()))


if __name__ == "__main__":
    sys.exit(main())
