#!/usr/bin/env python3
"""Crawls the truth site and cuts the power at random moments: what the crawler had not synced is gone, then it resumes.

usage: power_cut.py BINARY --library powercut.so [--breaks N] [--seed N] [--buffer BYTES] …

preload/powercut.c says what is lost. Every second cut comes at a moment, the others before an operation on the state's or the output's files, counted
from the start. With small buffers a cut is often one between two files of the tables. What is promised across a power cut: nothing lost, nothing doubled, and what is fetched again is what the last --unsynced seconds fetched.
"""
import contextlib
import os
import pathlib
import signal
import sys
import time

import rig
import rounds

FIRST_OPERATIONS = 60  # so many are about what a start does


def cut_at_moment(run, rng, most):
    """Starts a run and cuts its power, if it does not end before."""
    fifo = run.work / "fifo"
    if not fifo.exists():
        os.mkfifo(fifo)
    run.start({"TRAWL_POWERCUT_FIFO": str(fifo)})
    if rounds.ends_before_break(run, rng, most):
        return
    while run.process.poll() is None:
        with contextlib.suppress(OSError):  # the library does not listen yet, or no more
            pipe = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
            os.write(pipe, b"x")
            os.close(pipe)
            return
        time.sleep(0.001)


def cut_anywhere(library):
    """Breaks a crawl off up to `most` times."""
    def break_off(run, rng, most):
        run.environment |= {"LD_PRELOAD": str(library), "TRAWL_FOLLOWED_PATHS": str(run.output)}
        for done in range(most):
            run.environment["TRAWL_POWERCUT_SEED"] = str(rng.choice((0, rng.randrange(1, 1 << 30))))
            if rng.random() < 0.5:
                cut_at_moment(run, rng, most)
            else:
                run.start({"TRAWL_POWERCUT_AFTER": str(rng.randrange(1, FIRST_OPERATIONS if rng.random() < 0.5 else 40 * FIRST_OPERATIONS))})
            code = run.end()
            if code == rig.DONE:
                return done, []
            if bad := rounds.wrong_code(run, code, [-signal.SIGKILL]):
                return done, bad
            if run.is_drained():
                return done + 1, []
        del run.environment["LD_PRELOAD"]
        return most, rounds.run_to_end(run)
    return break_off


def main():
    parser = rounds.parser("cuts the power of a crawl until it is done, then judges it")
    parser.add_argument("--library", type=pathlib.Path, required=True, help="preload/powercut.c, built")
    parser.add_argument("--unsynced", type=float, default=1.0, help="seconds whose fetches may be lost")
    parser.add_argument("--buffer", type=int, default=0, help="bytes of changes after which the tables go on in another file")
    options = parser.parse_args()
    os.environ["TRAWL_TABLE_BUFFER"] = str(options.buffer)
    campaign = rounds.campaign(options, unsynced=options.unsynced)
    return campaign.until_enough(cut_anywhere(options.library.resolve()))


if __name__ == "__main__":
    sys.exit(main())
