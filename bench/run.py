#!/usr/bin/env python3
"""Crawls the synthetic site and tells what a page costs. Prints a table, and the same as JSON with --json.

usage: run.py BUILD_FOLDER [--pages N] [--bytes N] [--links N] [--hosts N] [--concurrency N] [--repeat N] [--json FILE]

pages per CPU-second: user and system time of the trawl process alone, from wait4. Memory: its resident set when a quarter of the
pages went out, and at the end; flat means that the difference is what the URLs themselves take.
"""
import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

SAMPLE_INTERVAL = 0.02  # seconds


class site:
    """trawl-bench-site while the `with` lasts."""

    def __init__(self, build, options, work):
        self.port_file = work / "port"
        shape = [f"--{name}={getattr(options, name)}" for name in ("pages", "bytes", "links", "hosts")]
        self.command = [build / "trawl-bench-site", *shape, "--port-file", self.port_file]

    def __enter__(self):
        self.process = subprocess.Popen(self.command)
        for _ in range(200):
            if self.port_file.exists() and self.port_file.read_text().endswith("\n"):
                self.port = int(self.port_file.read_text())
                return self
            time.sleep(0.02)
        raise RuntimeError("trawl-bench-site did not start")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def served(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/served") as answer:
            return int(answer.read())


def job(options, port):
    seeds = [f"http://127.0.0.{host}:{port}/p/0000000.html" for host in range(1, options.hosts + 1)]
    # The pages are one text: looked at as ever, but no reason to stop.
    return {"name": "bench", "seeds": seeds, "scope": {"traps": {"near_duplicates": 10**9}}, "politeness": {"delay": "0s", "per_host": options.concurrency, "adaptive": False},
            "fetch": {"concurrency": options.concurrency * options.hosts}}


def resident(pid):
    """KiB in memory now; 0 once the process has ended."""
    try:
        lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)


def watch(process, served, total):
    """Waits for the end. The resident set at a quarter and at the last look, and what wait4 told."""
    quarter = last = 0
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return quarter, last, usage
        last = resident(process.pid) or last
        if not quarter and served() * 4 >= total:
            quarter = last
        time.sleep(SAMPLE_INTERVAL)


def measure(build, options, work):
    """One crawl: a dict of what it took."""
    total = options.pages * options.hosts
    with site(build, options, work) as pages:
        (work / "job.json").write_text(json.dumps(job(options, pages.port)))
        command = [build / "trawl", "crawl", work / "job.json", "-q", "--summary", work / "summary.json"]
        with open(os.devnull, "w") as nowhere:
            start = time.monotonic()
            process = subprocess.Popen(command, stdout=nowhere)
            quarter, last, usage = watch(process, pages.served, total)
            wall = time.monotonic() - start
        served = pages.served()
    if process.returncode != 0 or served != total:
        raise SystemExit(f"bench: trawl left with {process.returncode} after {served} of {total} pages; a crawl that is not whole is not measured")
    cpu = usage.ru_utime + usage.ru_stime
    return {"pages": total, "wall_s": round(wall, 3), "cpu_s": round(cpu, 3), "user_s": round(usage.ru_utime, 3), "system_s": round(usage.ru_stime, 3),
            "pages_per_cpu_s": round(total / cpu), "pages_per_s": round(total / wall), "rss_quarter_kib": quarter, "rss_end_kib": last, "rss_max_kib": usage.ru_maxrss}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    for name, default in (("pages", 20000), ("bytes", 30720), ("links", 50), ("hosts", 1), ("concurrency", 64), ("repeat", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--json", type=pathlib.Path)
    return parser.parse_args()


def main():
    options = arguments()
    print(f"{options.pages} pages of {options.bytes} bytes with {options.links} links, {options.hosts} host(s); {os.cpu_count()} cores, {platform.machine()}")
    runs = []
    for _ in range(options.repeat):
        with tempfile.TemporaryDirectory() as work:
            runs.append(measure(options.build.resolve(), options, pathlib.Path(work)))
        print("  ".join(f"{name} {value}" for name, value in runs[-1].items()), flush=True)
    median = statistics.median(run["pages_per_cpu_s"] for run in runs)
    print(f"median: {median:.0f} pages a CPU-second")
    if options.json:
        options.json.write_text(json.dumps({"median_pages_per_cpu_s": median, "runs": runs}, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
