#!/usr/bin/env python3
"""Crawls the synthetic site while thousands of other hosts drip, and tells what is left of its speed. Prints a line a crawl and the ratios.

usage: dripping.py BUILD_FOLDER [--connections N] [--every MS] [--pages N] [--repeat N] [--json FILE]

Every dripping connection is a host of its own, with one page of which a byte comes every --every milliseconds; they are served by
another process. Crawls with and without them take turns. Each begins its pages only when every connection is being dripped to. Speed is
measured twice, from a tenth of the pages to the last: pages a second, and pages a CPU-second of trawl (all of its threads; what the
dripping itself costs counts too). Ratios are of medians. Memory is what trawl has grown by for each dripping connection.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

POLL = 0.02            # seconds
PATIENCE = 120         # seconds for all connections to be there, and for the pages
CLOCK_TICK = os.sysconf("SC_CLK_TCK")


class served_by:
    """A server of this folder while the `with` lasts."""

    def __init__(self, command, port_file):
        self.command, self.port_file = [*command, "--port-file", port_file], port_file

    def __enter__(self):
        self.process = subprocess.Popen(self.command)
        for _ in range(200):
            if self.port_file.exists() and self.port_file.read_text().endswith("\n"):
                self.port = int(self.port_file.read_text())
                return self
            time.sleep(0.02)
        raise RuntimeError(f"{self.command[0]} did not start")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def ask(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}") as answer:
            return int(answer.read())


def job(options, dripping):
    """Its seeds come over stdin: the pages begin when this script says so."""
    names = {f"d{i}.test": f"127.0.{1 + i % 8}.1" for i in range(dripping)}
    return {"name": "dripping", "seed_files": ["-"], "scope": {"within": "host"},
            "scope": {"traps": {"near_duplicates": 10**9}}, "politeness": {"delay": "0s", "per_host": 64, "adaptive": False, "robots": "ignore"},
            "fetch": {"concurrency": options.connections + 1000, "resolve": names, "timeout": {"connect": "60s", "first_byte": "60s", "total": "1h"}}}


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICK


def resident_kib(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def wait_until(what, condition, process):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end or process.poll() is not None:
            raise SystemExit(f"bench: {what}: it did not come to that")
        time.sleep(POLL)


def measure(options, build, work, dripping):
    """One crawl: a dict of what it took."""
    shape = [f"--pages={options.pages}", f"--bytes={options.bytes}", "--links=50", "--hosts=1"]
    with served_by([build / "trawl-bench-site", *shape], work / "site") as pages, \
            served_by([build / "trawl-bench-drip", f"--every={options.every}"], work / "drip") as drip:
        (work / "job.json").write_text(json.dumps(job(options, dripping)))
        command = [build / "trawl", "crawl", work / "job.json", "-q", "-o", os.devnull, "--overwrite"]
        crawl = subprocess.Popen(command, stdin=subprocess.PIPE, text=True)
        try:
            time.sleep(0.5)
            before = resident_kib(crawl.pid)
            for i in range(dripping):
                crawl.stdin.write(f"http://d{i}.test:{drip.port}/\n")
            crawl.stdin.flush()
            wait_until("all connections", lambda: drip.ask("/open") >= dripping, crawl)
            time.sleep(3)
            each = (resident_kib(crawl.pid) - before) / dripping if dripping else 0
            crawl.stdin.write(f"http://127.0.0.1:{pages.port}/p/0000000.html\n")
            crawl.stdin.flush()
            wait_until("the first pages", lambda: pages.ask("/served") >= options.pages // 10, crawl)
            served, start, cpu = pages.ask("/served"), time.monotonic(), cpu_seconds(crawl.pid)
            wait_until("the last page", lambda: pages.ask("/served") >= options.pages, crawl)
            wall, cpu = time.monotonic() - start, cpu_seconds(crawl.pid) - cpu
            still = drip.ask("/open")
        finally:
            crawl.kill()
            crawl.wait()
    if still < dripping:
        raise SystemExit(f"bench: {still} of {dripping} connections were left at the end")
    done = options.pages - served
    return {"dripping": dripping, "pages_per_s": round(done / wall), "pages_per_cpu_s": round(done / cpu), "wall_s": round(wall, 3), "cpu_s": round(cpu, 3), "kib_a_connection": round(each, 1)}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    for name, default in (("connections", 8000), ("every", 1000), ("pages", 40000), ("bytes", 30720), ("repeat", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--json", type=pathlib.Path)
    return parser.parse_args()


def main():
    options = arguments()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    runs = []
    for _ in range(options.repeat):
        for dripping in (0, options.connections):
            with tempfile.TemporaryDirectory() as work:
                runs.append(measure(options, options.build.resolve(), pathlib.Path(work), dripping))
            print("  ".join(f"{name} {value}" for name, value in runs[-1].items()), flush=True)
    ratios = {}
    for what in ("pages_per_s", "pages_per_cpu_s"):
        without, among = (statistics.median(run[what] for run in runs if bool(run["dripping"]) == is_dripping) for is_dripping in (False, True))
        ratios[what] = round(among / without, 3)
    print(f"beside {options.connections} dripping connections: {ratios['pages_per_s']:.1%} of the pages a second, {ratios['pages_per_cpu_s']:.1%} of the pages a CPU-second")
    if options.json:
        options.json.write_text(json.dumps({"ratios": ratios, "runs": runs}, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
