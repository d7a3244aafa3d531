"""The fault loops find what they are there to find: a crawler that keeps its promises passes, one that breaks a promise does not.

All loops run beside each other; they mostly wait. TRAWL_FAULTS_PRELOAD is where the preloaded libraries are.
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PRELOAD = pathlib.Path(os.environ["TRAWL_FAULTS_PRELOAD"])
SKIPPED = 77
KILL = ["kill_loop.py", "--pages", "30", "--breaks", "5"]
POWER = ["power_cut.py", "--pages", "30", "--breaks", "6", "--library", PRELOAD / "powercut.so"]
DISK = ["disk_full.py", "--pages", "30", "--breaks", "4", "--size", "4"]
CLOCK = ["clock_jumps.py", "--pages", "30", "--breaks", "5", "--library", PRELOAD / "wallclock.so"]
BROKEN = ["io_errors.py", "--pages", "30", "--breaks", "6", "--library", PRELOAD / "failing.so"]
DAMAGE = ["damage.py", "--pages", "30", "--breaks", "6"]
POINTS = ["kill_loop.py", "--pages", "30", "--points"]

# The promise that is broken, the loop, and a word of what the checker or the loop must say; the same loops pass without a fault.
CASES = [
    ("keeps_tail", KILL, "seq:"),
    ("commits_first", [*POINTS, "commit.after_log"], "lost:"),
    ("drops_queue", KILL, "lost:"),
    ("repeats", KILL, "doubled:"),
    ("forgets_delay", [*KILL[:1], "--pages", "8", "--breaks", "8", "--crawl-delay", "3", "--slow-pages", "4"], "over a restart"),
    ("wrong_exit_code", [*KILL, "--signal", "term"], "lost:"),
    ("no_sync", POWER, "lost:"),
    ("drops_when_full", DISK, "lost:"),
    ("dies_of_full_disk", DISK, "exit:"),
    ("trusts_clock", CLOCK, "silence:"),
    ("hides_errors", [*BROKEN, "--kinds", "sync", "--errors", "EIO"], "is synced again"),
    ("ignores_damage", DAMAGE, "lost:"),
    ("", [*POINTS, "commit.no_such_point"], "never came to"),
]
RIGHT = [KILL, [*KILL, "--signal", "both", "--name", "out.ndjson.gz", "--delay-ms", "20"], [*KILL, "--crawl-delay", "1", "--slow-pages", "3"],
         [*POINTS, "commit.before_log,output.after_write"], POWER, DISK, CLOCK, BROKEN, DAMAGE]


def run(fault, loop, seed=7):
    """(exit code, what it said)."""
    with tempfile.TemporaryDirectory() as work:
        command = [sys.executable, HERE / loop[0], HERE / "fake_crawler.py", *loop[1:], "--seed", str(seed), "--work", work]
        done = subprocess.run(command, env=os.environ | {"FAKE_FAULT": fault}, capture_output=True, text=True, timeout=600, check=False)
        return done.returncode, done.stdout + done.stderr


class Loops(unittest.TestCase):
    def test_loops(self):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            right = [(loop, pool.submit(run, "", loop)) for loop in RIGHT]
            broken = [(case, pool.submit(run, *case[:2])) for case in CASES]
            for loop, future in right:
                code, said = future.result()
                with self.subTest(loop=loop):
                    self.assertIn(code, (0, SKIPPED), said)
            for (fault, loop, word), future in broken:
                code, said = future.result()
                with self.subTest(fault=fault, loop=loop):
                    self.assertIn(code, (1, SKIPPED), said)
                    self.assertIn(word if code == 1 else "skipped:", said)


if __name__ == "__main__":
    unittest.main()
