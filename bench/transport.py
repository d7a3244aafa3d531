#!/usr/bin/env python3
"""Transport alone, nothing parsed: what trawl's HTTP client costs beside wrk (plain, TLS) and h2load (HTTP/2) on the same pages from nginx.

usage: transport.py BUILD_FOLDER [--seconds S] [--repeat N] [--connections N] [--only NAME …] [--json FILE]

CPU-seconds per 10,000 requests: user and system time of the client's process alone, from wait4, start and handshakes included. The two
clients take turns; the ratio is that of the medians. Exits 77 where nginx, wrk or h2load is missing; deploy/setup.sh installs them.
"""
import argparse
import json
import os
import pathlib
import platform
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
UNIT = 10_000  # requests
SIZES = {"1 KB": 1 << 10, "30 KB": 30 << 10, "100 KB": 100 << 10}
FORMS = ("plain", "tls", "h2")
CONFIGURATION = """
daemon off; master_process off; pid {work}/nginx.pid; error_log {work}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; default_type text/html; keepalive_requests 100000000; open_file_cache max=10;
  client_body_temp_path {work}/t1; proxy_temp_path {work}/t2; fastcgi_temp_path {work}/t3; uwsgi_temp_path {work}/t4; scgi_temp_path {work}/t5;
  ssl_certificate {work}/cert.pem; ssl_certificate_key {work}/key.pem; root {work}/pages;
  server {{ listen 127.0.0.1:{plain}; }}
  server {{ listen 127.0.0.1:{tls} ssl; }}
  server {{ listen 127.0.0.1:{h2} ssl http2; }}
}}
"""


def program(name):
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/bin")


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class nginx:
    """Serves the pages in all forms, each on a port of its own, while the `with` lasts. One process, as each client is one thread."""

    def __init__(self, work):
        self.work = work
        self.ports = dict(zip(FORMS, free_ports(len(FORMS))))
        (work / "pages").mkdir()
        letters = random.Random(1)
        for size in SIZES.values():
            (work / "pages" / f"{size}.html").write_bytes(bytes(letters.choices(range(97, 123), k=size)))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=bench",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", work / "key.pem", "-out", work / "cert.pem"], check=True, capture_output=True)
        (work / "nginx.conf").write_text(CONFIGURATION.format(work=work, **self.ports))

    def __enter__(self):
        self.process = subprocess.Popen([program("nginx"), "-e", self.work / "error.log", "-c", self.work / "nginx.conf"])
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.ports["h2"])) == 0:
                    return self
            time.sleep(0.05)
        raise RuntimeError("nginx did not start: " + (self.work / "error.log").read_text())

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def url(self, form, size):
        return f"{'http' if form == 'plain' else 'https'}://127.0.0.1:{self.ports[form]}/{size}.html"


def cpu_of(command):
    """Runs it to its end: its CPU-seconds and what it printed."""
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    if process.returncode != 0:
        raise SystemExit(f"bench: {command[0]} left with {process.returncode}\n{text}")
    return usage.ru_utime + usage.ru_stime, text


def number(pattern, text):
    found = re.search(pattern, text)
    if not found:
        raise SystemExit(f"bench: no {pattern!r} in\n{text}")
    return int(found[1])


def run_wrk(url, options):
    """Its CPU-seconds per UNIT, and how many requests it made."""
    cpu, text = cpu_of([program("wrk"), "-t1", f"-c{options.connections}", f"-d{options.seconds}s", url])
    if "Non-2xx" in text or "Socket errors" in text:
        raise SystemExit(f"bench: wrk met errors\n{text}")
    requests = number(r"(\d+) requests in", text)
    return cpu * UNIT / requests, requests


def run_h2load(url, options, requests):
    """As many streams as wrk has connections, on one: so does trawl."""
    cpu, text = cpu_of([program("h2load"), "-c1", f"-m{options.connections}", f"-n{requests}", url])
    if number(r"(\d+) succeeded", text) != requests:
        raise SystemExit(f"bench: h2load met errors\n{text}")
    return cpu * UNIT / requests


def run_trawl(build, server, form, size, options, requests):
    command = [build / "trawl-bench-transport", server.url(form, size), "--bytes", str(size), "--requests", str(requests), "--connections", str(options.connections)]
    cpu, _ = cpu_of(command + ([] if form == "plain" else ["--ca-file", server.work / "cert.pem"]))
    return cpu * UNIT / requests


def compare(build, server, form, size, options):
    """Both clients in turn; a dict of all runs and the ratio of the medians."""
    other, trawl, requests = [], [], 0
    for _ in range(options.repeat):
        if form == "h2":
            requests = requests or run_wrk(server.url("tls", size), options)[1]  # about as long a run
            other.append(run_h2load(server.url(form, size), options, requests))
        else:
            cost, requests = run_wrk(server.url(form, size), options)
            other.append(cost)
        trawl.append(run_trawl(build, server, form, size, options, requests))
    ratio = statistics.median(trawl) / statistics.median(other)
    return {"form": form, "bytes": size, "other": "h2load" if form == "h2" else "wrk", "other_cpu_s": other, "trawl_cpu_s": trawl, "ratio": round(ratio, 3)}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=3, help="of each of wrk's runs; the others make as many requests")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="of these: " + ", ".join((*FORMS, *SIZES)))
    parser.add_argument("--json", type=pathlib.Path)
    return parser.parse_args()


def main():
    options = arguments()
    missing = [name for name in ("nginx", "wrk", "h2load", "openssl") if not program(name)]
    if missing:
        print(f"skipped: no {', '.join(missing)}; deploy/setup.sh installs them")
        return SKIPPED
    wanted = set(options.only or (*FORMS, *SIZES))
    forms = [form for form in FORMS if form in wanted] or FORMS
    sizes = {name: size for name, size in SIZES.items() if name in wanted} or SIZES
    print(f"CPU-seconds per {UNIT} requests, {options.connections} at a time, median (and least, most) of {options.repeat} runs; {os.cpu_count()} cores, {platform.machine()}")
    rows = []
    with tempfile.TemporaryDirectory() as work, nginx(pathlib.Path(work)) as server:
        for form in forms:
            for name, size in sizes.items():
                row = compare(options.build.resolve(), server, form, size, options)
                rows.append(row)
                shown = [f"{statistics.median(runs):.3f} ({min(runs):.3f} to {max(runs):.3f})" for runs in (row["other_cpu_s"], row["trawl_cpu_s"])]
                print(f"{form:5}  {name:>6}  {row['other']:6} {shown[0]}  trawl {shown[1]}  ratio {row['ratio']:.2f}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
