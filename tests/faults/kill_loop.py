#!/usr/bin/env python3
"""Crawls the truth site, kills the crawler at random moments, resumes it until it is done, and judges what came out.

usage: kill_loop.py BINARY [--breaks N] [--seed N] [--signal kill|term|both] [--name out.ndjson.gz] [--points NAMES|FILE] …

Every moment follows from --seed, which is printed, as far as the machine repeats itself. A round is one crawl that is killed at most
--per-round times; rounds of other graphs follow until there were enough. With --points each named point of TRAWL_KILL_POINT=name:n ends
the crawler from inside instead, at its first, second and a later passing. Exits 1 where a promise was broken; the files are kept then.
"""
import pathlib
import signal
import sys

import rig
import rounds

SIGNALS = {"kill": [signal.SIGKILL], "term": [signal.SIGTERM], "both": [signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]}
LONGEST_STOP = 15  # seconds from SIGTERM to the end


def expected_codes(run, number):
    """A crawl may be done just as the signal comes."""
    if number == signal.SIGKILL:
        return [-signal.SIGKILL, rig.DONE]
    return [rig.INTERRUPTED, rig.DONE] + ([] if run.requests() > 0 else [-signal.SIGTERM])  # it had no handler yet


def at_random(signals, early):
    """Breaks a crawl off up to `most` times, anywhere, or each time soon after its start."""
    def break_off(run, rng, most):
        for done in range(most):
            run.start()
            if rounds.has_ended(run, rng.uniform(0.005, 0.5)) if early else rounds.ends_before_break(run, rng, most):
                return done, rounds.wrong_code(run, run.end(), [rig.DONE])
            number = rng.choice(signals)
            code = run.end(number, LONGEST_STOP)
            bad = rounds.wrong_code(run, code, expected_codes(run, number))
            if bad or code == rig.DONE or run.is_drained():
                return done + 1, bad
        return most, rounds.run_to_end(run)
    return break_off


def at_point(name, passing):
    """Breaks a crawl off at the point, then once more while it recovers or a little later."""
    def break_off(run, rng, _):
        kills = 0
        for count in (passing, rng.randrange(1, 4)):
            if run.is_drained():
                break
            run.start({"TRAWL_KILL_POINT": f"{name}:{count}"})
            code = run.end()
            if code == rig.DONE:
                return kills, [f"exit: the crawl never came to {name}"] if passing == 1 and kills == 0 else []
            if bad := rounds.wrong_code(run, code, [-signal.SIGKILL]):
                return kills, bad
            kills += 1
        return kills, rounds.run_to_end(run)
    return break_off


def main():
    parser = rounds.parser("kills a crawl until it is done, then judges it")
    parser.add_argument("--signal", choices=SIGNALS, default="kill")
    parser.add_argument("--early", action="store_true", help="each kill within half a second, many while the crawler still recovers")
    parser.add_argument("--points", help="names with commas between, or a file of names")
    options = parser.parse_args()
    campaign = rounds.campaign(options)
    if not options.points:
        return campaign.until_enough(at_random(SIGNALS[options.signal], options.early))
    names = pathlib.Path(options.points).read_text().split() if pathlib.Path(options.points).exists() else options.points.split(",")
    for name in names:
        for passing in (1, 2, campaign.rng.randrange(3, 12)):
            print(f"{name}:{passing}", end=" ")
            campaign.round(at_point(name, passing), 1)
    return campaign.end()


if __name__ == "__main__":
    sys.exit(main())
