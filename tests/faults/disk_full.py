#!/usr/bin/env python3
"""Crawls the truth site onto a small disk that a filler fills and frees at random: the crawl pauses, says why, goes on, and is whole.

usage: disk_full.py BINARY [--breaks N] [--seed N] [--size MIB] …

A break is one filling. The disk is a tmpfs in a mount namespace of this process alone; where that is not allowed, the test is skipped (77).
In one of three the crawler is killed before the space is back, so that it also starts on a full disk and resumes from what that left.
"""
import errno
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import rig
import rounds

SKIPPED = 77
INSIDE = "TRAWL_FAULTS_INSIDE"  # set in the process that has a mount namespace of its own
REASON = re.compile(rb"no space|disk (is )?full|disk space", re.IGNORECASE)
LONGEST_FULL = 30    # seconds until a crawl on a full disk has said so
LEFT_OVER = (0, 0, 512, 4096, 65536)  # bytes that a filling may leave


def enter_namespace():
    """Runs this program again with mounts of its own; does not come back where that works."""
    if os.environ.get(INSIDE):
        return
    for how in (["unshare", "-m"], ["unshare", "-rm"]):
        if shutil.which(how[0]) and subprocess.run([*how, "sh", "-c", "mount -t tmpfs none /mnt"], capture_output=True, check=False).returncode == 0:
            os.execvpe(how[0], [*how, sys.executable, *sys.argv], os.environ | {INSIDE: "1"})
    print("skipped: a mount namespace with a tmpfs is not allowed here (unshare -m)")
    sys.exit(SKIPPED)


class small_disk:
    """A tmpfs of so many MiB, with a file that takes what is free."""

    def __init__(self, place, mib):
        self.place, self.filler = place, place / "filler"
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m", "none", place], check=True)

    def free(self):
        numbers = os.statvfs(self.place)
        return numbers.f_bavail * numbers.f_frsize

    def fill(self, left):
        """Takes all but `left` bytes; what the crawler frees meanwhile too."""
        with open(self.filler, "ab", buffering=0) as out:
            while (room := self.free() - left) > 0:
                try:
                    out.write(b"\0" * min(room, 1 << 20))
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    return

    def empty(self):
        self.filler.unlink(missing_ok=True)


def says_why(run, since):
    """Whether the crawler's log has named the disk since that place."""
    return REASON.search((run.work / "crawl.log").read_bytes()[since:]) is not None


def filled_while_it_runs(disk, run, rng):
    """Fills the disk and waits until the crawl has said so, and then a little; what was wrong."""
    said = (run.work / "crawl.log").stat().st_size
    disk.fill(rng.choice(LEFT_OVER))
    end = time.monotonic() + LONGEST_FULL
    while not says_why(run, said) and run.process.poll() is None and time.monotonic() < end:
        disk.fill(0)  # the little that was left, or came free
        time.sleep(0.02)
    if run.process.poll() is None and not says_why(run, said):
        return [f"disk: full for {LONGEST_FULL} s, and the log does not say so\n{run.log_tail()}"]
    rounds.has_ended(run, rng.uniform(0, 0.5))
    return []


def goes_on(disk, run):
    """Frees the disk; what was wrong with the crawl after that."""
    before = run.requests()
    disk.empty()
    if not rounds.has_ended(run, LONGEST_FULL, lambda: run.requests() > before) and run.requests() <= before:
        return [f"disk: there is space again for {LONGEST_FULL} s, and the crawl does not go on\n{run.log_tail()}"]
    return []


def killed_while_full(disk, run):
    """A kill, and a start on the full disk: it may wait, or refuse with the reason. Then there is space again; what was wrong."""
    run.end(signal.SIGKILL)
    if run.is_drained():
        return []
    said = (run.work / "crawl.log").stat().st_size
    run.start()
    if not rounds.has_ended(run, 0.5):
        return []
    found = rounds.wrong_code(run, run.end(), [1, 2, rig.INTERRUPTED])
    if not found and not says_why(run, said):
        found = [f"disk: the crawl refused to start on a full disk and did not say why\n{run.log_tail()}"]
    disk.empty()
    run.start()
    return found


def fill_now_and_then(disk):
    """Breaks a crawl off up to `most` times, by fillings that it outlives and by kills while the disk is full."""
    def break_off(run, rng, most):
        run.start()
        for done in range(most):
            rounds.has_ended(run, rounds.LONGEST_RUN, lambda: run.requests() > 0)  # a start on a full disk is a matter of its own
            if rounds.ends_before_break(run, rng, most):
                return done, rounds.wrong_code(run, run.end(), [rig.DONE])
            found = filled_while_it_runs(disk, run, rng)
            if not found and run.process.poll() is None and rng.random() < 1 / 3:
                found = killed_while_full(disk, run)
                if run.is_drained() and run.process.poll() is not None:
                    return done + 1, found
            found = found or goes_on(disk, run)
            if found:
                return done + 1, found
        return most, rounds.wrong_code(run, run.end(seconds=300), [rig.DONE])

    def always_emptied(run, rng, most):
        try:
            return break_off(run, rng, most)
        finally:
            disk.empty()
    return always_emptied


def main():
    parser = rounds.parser("fills the disk under a crawl and frees it again, then judges it")
    parser.add_argument("--size", type=int, default=32, help="of the disk, MiB")
    options = parser.parse_args()
    enter_namespace()
    place = pathlib.Path(tempfile.mkdtemp(prefix="trawl-small-disk-"))
    disk = small_disk(place, options.size)
    try:
        return rounds.campaign(options, outputs=place, silence=LONGEST_FULL).until_enough(fill_now_and_then(disk))
    finally:
        subprocess.run(["umount", "-l", place], check=False)
        place.rmdir()


if __name__ == "__main__":
    sys.exit(main())
