#!/usr/bin/env python3
"""Crawls real documentation, served by nginx on loopback, and compares with the set that reachable.py computes by itself.

usage: prove.py TRAWL FOLDER [--seed PATH] [--keep DIR]

Each reachable URL must be in trawl's records and be asked for exactly once, and nothing else may be. Exits 77, as a skipped test,
where nginx, html5lib or the documentation is missing; what to install is said then.
"""
import argparse
import collections
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
NEEDED = "apt-get install nginx-light python3-html5lib postgresql-doc-15 python3.11-doc cppreference-doc-en-html"
CONFIGURATION = """
daemon off; master_process off; pid {work}/nginx.pid; error_log {work}/error.log;
events {{ worker_connections 1024; }}
http {{
  include /etc/nginx/mime.types; default_type application/octet-stream;
  log_format asked '$status $request_uri'; access_log {work}/access.log asked;
  client_body_temp_path {work}/t1; proxy_temp_path {work}/t2; fastcgi_temp_path {work}/t3; uwsgi_temp_path {work}/t4; scgi_temp_path {work}/t5;
  keepalive_requests 1000000; port_in_redirect on; absolute_redirect on;
  server {{ listen 127.0.0.1:{port}; root {root}; index index.html; }}
}}
"""


def skip(why):
    print(f"skipped: {why}; on Debian 12: {NEEDED}")
    sys.exit(SKIPPED)


class nginx:
    """Serves a folder on a free port of loopback while the `with` lasts; then `asked` holds how often each target was asked for."""

    def __init__(self, root, work):
        self.work = work
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (work / "nginx.conf").write_text(CONFIGURATION.format(work=work, port=self.port, root=root))

    def __enter__(self):
        self.process = subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-e", self.work / "error.log", "-c", self.work / "nginx.conf"])
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.05)
        raise RuntimeError("nginx did not start: " + (self.work / "error.log").read_text())

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def asked(self):
        lines = (self.work / "access.log").read_text().splitlines()
        return collections.Counter(line.split(" ", 1)[1] for line in lines)


def crawl(trawl, seed, work):
    """Runs one crawl of the site; gives its records, its summary and its CPU-seconds."""
    job = {"name": "real-site", "seeds": [seed], "politeness": {"delay": "0s", "per_host": 16, "adaptive": False}}
    (work / "job.json").write_text(json.dumps(job))
    out = work / "out.ndjson"
    with open(work / "trawl.log", "w") as log:
        process = subprocess.Popen([trawl, "crawl", work / "job.json", "-o", out, "--overwrite", "--summary", work / "summary.json"], stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    print((work / "trawl.log").read_text())
    records = [json.loads(line) for line in out.read_text().splitlines()]
    return process.returncode, records, usage.ru_utime + usage.ru_stime


def named(records):
    """Every URL that the records account for: asked for, passed by a redirect, or its end."""
    urls = set()
    for record in records:
        urls.add(record["url"])
        urls.update(hop["url"] for hop in record.get("redirects", []))
        if record.get("final_url"):
            urls.add(record["final_url"])
    return urls


def compare(statuses, parents, records, asked, origin):
    """All differences, a line each."""
    found = named(records)
    for url in sorted(set(statuses) - found):
        yield f"missed: {url} (status {statuses[url]}), named by {parents[url]}"
    for url in sorted(found - set(statuses)):
        record = next((r for r in records if r["url"] == url), {})
        yield f"not reachable: {url}, named by {record.get('parent')}"
    for url, count in collections.Counter(record["url"] for record in records).items():
        if count > 1:
            yield f"recorded {count} times: {url}"
    for target, count in asked.items():
        if count > 1 and target != "/robots.txt":
            yield f"asked for {count} times: {target}"
    for url in sorted(found):
        if url.startswith(origin) and url[len(origin):] not in asked:
            yield f"recorded, but never asked for: {url}"
    for record in records:
        if not record.get("redirects") and record.get("status") != statuses.get(record["url"], record.get("status")):
            yield f"status {record.get('status')} instead of {statuses[record['url']]}: {record['url']}"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trawl", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", default="/index.html")
    parser.add_argument("--keep", type=pathlib.Path, help="leave job, records and logs in this folder")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    return parser.parse_args()


def prove(options, work):
    from reachable import reachable
    with nginx(options.folder.resolve(), work) as site:
        origin = f"http://127.0.0.1:{site.port}"
        code, records, cpu = crawl(options.trawl.resolve(), origin + options.seed, work)
        time.sleep(0.2)  # nginx writes a request's line after its answer
        asked = site.asked()
        statuses, parents = reachable(origin + options.seed, options.processes)
    differences = list(compare(statuses, parents, records, asked, origin))
    print("\n".join(differences[:200]))
    size = sum(record.get("bytes") or 0 for record in records)
    print(f"{options.folder}: {len(statuses)} URLs reachable, {len(records)} records, {sum(asked.values())} requests, {len(differences)} differences, exit {code}")
    print(f"{len(records) / cpu:.0f} records a CPU-second ({cpu:.2f} CPU-s, {size / max(len(records), 1) / 1024:.0f} KiB a record)")
    return 1 if differences or code != 0 or not records else 0


def main():
    options = arguments()
    try:
        import html5lib  # noqa: F401, reachable.py needs it
    except ImportError:
        skip("no html5lib")
    if not (shutil.which("nginx") or os.path.exists("/usr/sbin/nginx")):
        skip("no nginx")
    if not options.folder.is_dir():
        skip(f"no {options.folder}")
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
        return prove(options, options.keep.resolve())
    with tempfile.TemporaryDirectory() as work:
        return prove(options, pathlib.Path(work))


if __name__ == "__main__":
    sys.exit(main())
