#!/usr/bin/env python3
"""Kills a crawl, damages one file of its state, and resumes: it must refuse and name the file, or come out whole. Nothing in between.

usage: damage.py BINARY [--breaks N] [--seed N] …

A damage is one bit that is another, a piece of zeros, a file cut short or gone; the output is only cut short, for what stands in it no
state can know. A crawl that refuses, or finds the damage later and ends, says which file it is and leaves it as it found it; with state
and output put back it must then go on to the end. A damage at the end of what was written last may look like a write that a crash cut
short: what that took away may be fetched again.
"""
import pathlib
import shutil
import signal
import sys

import rig
import rounds

PIECE = 4096  # bytes


def bit(data, rng):
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1:]


def zeros(data, rng):
    at = rng.randrange(len(data))
    piece = min(PIECE, len(data) - at)
    return data[:at] + bytes(piece) + data[at + piece:]


def cut(data, rng):
    return data[: rng.randrange(len(data))]


def gone(_, __):
    return None


def victim(run, rng):
    """A file of the state or the output: each kind of file as likely as another, however many there are of it."""
    kinds = {"output": [run.output] if run.output.exists() and run.output.stat().st_size else []}
    for path in sorted(state_of(run).rglob("*")):
        if path.is_file() and path.stat().st_size:
            kinds.setdefault(path.suffix or path.name.rstrip("0123456789-"), []).append(path)
    return rng.choice(rng.choice([files for files in kinds.values() if files]))


def state_of(run):
    return pathlib.Path(f"{run.output}.trawl")


def damage(run, rng):
    """(the file, how, what it holds now)."""
    path = victim(run, rng)
    how = cut if path == run.output else rng.choice((bit, bit, bit, zeros, cut, gone))
    data = how(path.read_bytes(), rng)
    if data is None:
        path.unlink()
    else:
        path.write_bytes(data)
    return path, how.__name__, data


def put_aside(run, place):
    shutil.copytree(state_of(run), place / "state")
    if run.output.exists():
        shutil.copy2(run.output, place / "output")


def put_back(run, place):
    shutil.rmtree(state_of(run), ignore_errors=True)
    run.output.unlink(missing_ok=True)
    shutil.copytree(place / "state", state_of(run))
    if (place / "output").exists():
        shutil.copy2(place / "output", run.output)


def judge_refusal(run, code, path, what, data, said):
    """What was wrong with a run that ended otherwise than well."""
    if code < 0:
        return [f"damage: {what}: the crawl died of signal {-code}\n{run.log_tail()}"]
    # Of a file that is gone the folder may be all that can be named.
    names = [path.name] + ([path.parent.name] if data is None else [])
    found = [] if any(name in said for name in names) else [f"damage: {what}: the crawl ended with {code} and did not name the file\n{run.log_tail()}"]
    now = path.read_bytes() if path.exists() else None
    if code == 2 and now != data:
        found.append(f"damage: {what}: the crawl refused, and the file is another now")
    return found


def damaged_once(run, rng, _):
    """One crawl with one damage."""
    run.start()
    requests = rng.uniform(0.1, 0.9) * len(run.truth.nodes)
    if rounds.has_ended(run, rounds.LONGEST_RUN, lambda: run.requests() >= requests):
        return 0, rounds.wrong_code(run, run.end(), [rig.DONE])
    run.end(signal.SIGKILL)
    if run.is_drained() or not state_of(run).exists() or not any(state_of(run).iterdir()):
        return 0, rounds.run_to_end(run)
    aside = run.work / "aside"
    aside.mkdir()
    put_aside(run, aside)
    path, how, data = damage(run, rng)
    what = f"{path.name}, {how}"
    print(what, end=": ")
    place = (run.work / "crawl.log").stat().st_size
    run.start()
    code = run.end(seconds=60)
    if code == rig.DONE:
        return 1, []
    found = judge_refusal(run, code, path, what, data, (run.work / "crawl.log").read_text(errors="replace")[place:])
    put_back(run, aside)
    return 1, found + rounds.run_to_end(run)


def main():
    options = rounds.parser("damages the state of a killed crawl, resumes it, and judges what comes of it").parse_args()
    return rounds.campaign(options, unsynced=1.0).until_enough(damaged_once)


if __name__ == "__main__":
    sys.exit(main())
