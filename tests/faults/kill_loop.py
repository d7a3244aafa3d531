#!/usr/bin/env python3
"""Crawls the truth site, kills the crawler at random moments, resumes it until it is done, and judges what came out.

usage: kill_loop.py BINARY [--kills N] [--seed N] [--signal kill|term|both] [--name out.ndjson.gz] [--points NAMES|FILE] …

Every moment follows from --seed, which is printed, as far as the machine repeats itself. A round is one crawl with at most --per-round
kills; rounds of other graphs follow until there were enough. With --points each named point of TRAWL_KILL_POINT=name:n ends the crawler
from inside instead, at its first, second and a later passing. Exits 1 where a promise was broken; the files are kept then.
"""
import argparse
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import time

import graph
import rig

SIGNALS = {"kill": [signal.SIGKILL], "term": [signal.SIGTERM], "both": [signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]}
LONGEST_STOP = 15  # seconds from SIGTERM to the end


def moment(rng, longest):
    """Seconds from start to kill: often while it is starting, recovering or has just begun; else anywhere."""
    return rng.uniform(0.001, 0.1) if rng.random() < 0.3 else rng.uniform(0.05, longest)


def has_ended(run, seconds):
    """Waits; whether the crawler came to its end by itself within that time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if run.process.poll() is not None:
            return True
        time.sleep(min(0.02, max(0, end - time.monotonic())))
    return run.process.poll() is not None


def wrong_code(run, code, expected):
    return [] if code in expected else [f"exit: run {len(run.ends)} ended with {code}, not {' or '.join(map(str, expected))}\n{run.log_tail()}"]


def run_to_end(run):
    """The last run, which nobody disturbs; what is wrong with how it ended."""
    if run.is_drained():
        return []
    run.start()
    return wrong_code(run, run.end(seconds=300), [rig.DONE])


def killed_at_random(run, rng, options, kills):
    """Ends the crawl up to `kills` times: (how often it was, what was wrong)."""
    for done in range(kills):
        run.start()
        if has_ended(run, moment(rng, options.longest)):
            return done, wrong_code(run, run.end(), [rig.DONE])
        number = rng.choice(SIGNALS[options.signal])
        code = run.end(number, LONGEST_STOP)
        # A crawl may be done just as the signal comes; a process that has no handler yet dies of SIGTERM.
        bad = wrong_code(run, code, [-number, rig.DONE] if number == signal.SIGKILL or run_time(run) < 0.1 else [rig.INTERRUPTED, rig.DONE])
        if bad or code == rig.DONE or run.is_drained():
            return done + 1, bad
    return kills, run_to_end(run)


def run_time(run):
    return (run.ends[-1]["ended"] - run.ends[-1]["began"]) / 1e9


def killed_at_points(run, rng, point, passing):
    """Ends the crawl at the point, then once more while it recovers, then lets it run: (kills, what was wrong)."""
    kills = 0
    for count in (passing, rng.randrange(1, 4)):
        if run.is_drained():
            break
        run.start({"TRAWL_KILL_POINT": f"{point}:{count}"})
        code = run.end()
        if code == rig.DONE:
            return kills, [f"exit: the crawl never came to {point} for time {count}"] if count == 1 and not kills else []
        if bad := wrong_code(run, code, [-signal.SIGKILL]):
            return kills, bad
        kills += 1
    return kills, run_to_end(run)


def one_round(options, rng, number, break_off):
    """One crawl: (kills, findings)."""
    work = pathlib.Path(options.work) / f"round-{number}"
    work.mkdir(parents=True)
    form = graph.shape(seed=rng.randrange(1 << 30), pages=options.pages, hosts=options.hosts, crawl_delay=options.crawl_delay, slow_pages=options.slow_pages)
    with rig.served(form, work) as truth:
        run = rig.crawl(options.binary, truth, work, options.name, options.delay_ms, options.concurrency, flags=options.flag)
        kills, found = break_off(run)
        found += run.judge()
    codes = [end["code"] for end in run.ends]
    print(f"round {number}: graph {form.seed}, {len(truth.nodes)} addresses, {kills} kills, ends {codes}: {len(found)} violations", flush=True)
    if not found and not options.keep:
        shutil.rmtree(work)
    return kills, found


def rounds(options, rng):
    """Yields what each round found."""
    if options.points:
        names = pathlib.Path(options.points).read_text().split() if pathlib.Path(options.points).exists() else options.points.split(",")
        for number, (name, passing) in enumerate(((n, p) for n in names for p in (1, 2, rng.randrange(3, 40))), 1):
            yield one_round(options, rng, number, lambda run, at=name, times=passing: killed_at_points(run, rng, at, times))[1]
        return
    kills = number = 0
    while kills < options.kills:
        number += 1
        more = min(options.per_round, options.kills - kills)
        done, found = one_round(options, rng, number, lambda run, most=more: killed_at_random(run, rng, options, most))
        kills += done
        yield found
        if number > 10 + options.kills:
            yield [f"{number} crawls were over before {options.kills} kills: --pages is too small for this machine"]
            return


def arguments():
    parser = argparse.ArgumentParser(description="kills a crawl until it is done, then judges it")
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--per-round", type=int, default=8, help="kills of one crawl")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
    parser.add_argument("--signal", choices=SIGNALS, default="kill")
    parser.add_argument("--points", help="names with commas between, or a file of names")
    parser.add_argument("--name", default="out.ndjson", help="of the output; its suffix picks the compression")
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--hosts", type=int, default=4)
    parser.add_argument("--delay-ms", type=int, default=0)
    parser.add_argument("--crawl-delay", type=float, default=0, help="seconds, of the last host")
    parser.add_argument("--slow-pages", type=int, default=6, help="of that host")
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--longest", type=float, default=1.0, help="seconds until the latest kill of a run")
    parser.add_argument("--flag", action="append", default=[], help="one more argument for the crawler")
    parser.add_argument("--keep", action="store_true", help="keep the files of rounds without a finding too")
    parser.add_argument("--work", help="where the files go; default a new temporary directory")
    return parser.parse_args()


def main():
    options = arguments()
    options.binary = options.binary.resolve()
    options.work = options.work or tempfile.mkdtemp(prefix="trawl-faults-")
    print(f"seed {options.seed}", flush=True)
    broken = 0
    for found in rounds(options, random.Random(options.seed)):
        print("\n".join(found), end="\n" if found else "")
        broken += len(found)
    if broken:
        print(f"{broken} violations; the files are in {options.work}; again with --seed {options.seed}")
        return 1
    if not options.keep:
        shutil.rmtree(options.work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
