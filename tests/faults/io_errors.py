#!/usr/bin/env python3
"""Crawls the truth site on a disk of which one operation fails: the crawl goes on, or ends with the reason and is resumed, and is whole.

usage: io_errors.py BINARY --library failing.so [--breaks N] [--seed N] …

preload/failing.c says what fails. After EIO a crawl may not go on as if nothing was: it ends, not by a signal, says why, and does not sync
the same file a second time. A full disk (ENOSPC) it may also outlive. Each run has one failure, so that recoveries meet them too.
"""
import errno
import pathlib
import sys

import rig
import rounds

FEW, MANY = 12, 400  # operations: what a start does, and a good part of a crawl
SAID = "failing: "   # begins the library's own lines in the crawler's log


def lines_since(run, place):
    return (run.work / "crawl.log").read_text(errors="replace")[place:].splitlines()


def judge_end(run, code, number, lines):
    """What was wrong with a run's end after `lines` of its log."""
    failures = [line for line in lines if line.startswith(SAID)]
    found = [f"io: {line}" for line in failures if line.endswith("is synced again")]
    if not failures:
        return found + rounds.wrong_code(run, code, [rig.DONE])
    if code < 0:
        return [*found, f"io: run {len(run.ends)} died of signal {-code} after {failures[0]}\n{run.log_tail()}"]
    if code == rig.DONE and number == errno.EIO and " sync of " in failures[0]:
        found.append(f"io: the crawl went on after {failures[0]}")
    if code != rig.DONE and not any(not line.startswith((SAID, "---")) for line in lines):
        found.append(f"io: the crawl ended with {code} and did not say why")
    return found


def one_failure_a_run(library, kinds, errors):
    """Lets up to `most` runs meet a failure, then one that meets none."""
    def break_off(run, rng, most):
        found, done = [], 0
        while done < most and not found:
            number = rng.choice(errors)
            failing = f"{rng.choice(kinds)}:{rng.randrange(1, rng.choice((FEW, MANY)))}:{number}"
            place = (run.work / "crawl.log").stat().st_size if run.ends else 0
            run.start({"LD_PRELOAD": str(library), "TRAWL_FOLLOWED_PATHS": str(run.output), "TRAWL_FAILING": failing})
            code = run.end(seconds=60)
            done += 1
            found = [f"{finding} (TRAWL_FAILING={failing})" for finding in judge_end(run, code, number, lines_since(run, place))]
            if code == rig.DONE:
                return done, found
        return done, found or rounds.run_to_end(run)
    return break_off


def main():
    parser = rounds.parser("lets operations of the disk fail under a crawl, then judges it")
    parser.add_argument("--library", type=pathlib.Path, required=True, help="preload/failing.c, built")
    parser.add_argument("--kinds", default="write,write,sync,sync,name", help="of operations, each as likely as it is often here")
    parser.add_argument("--errors", default="EIO,ENOSPC")
    options = parser.parse_args()
    errors = [getattr(errno, name) for name in options.errors.split(",")]
    return rounds.campaign(options, unsynced=1.0).until_enough(one_failure_a_run(options.library.resolve(), options.kinds.split(","), errors))


if __name__ == "__main__":
    sys.exit(main())
