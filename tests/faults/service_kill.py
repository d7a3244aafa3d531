#!/usr/bin/env python3
"""Kills a service with SIGKILL at random moments while jobs come in and readers follow, and starts it again.

usage: service_kill.py BINARY [--kills N] [--jobs N] [--pages N] [--seed N]

What is promised: each job that was answered with 201 is there after every start, goes on and completes; its results are each page once, with
seq from 1 without gaps; a reader that comes back with the last seq it has seen gets each record once; the same Idempotency-Key, sent again
because its answer was lost, makes no second job.
"""
import argparse
import contextlib
import http.client
import http.server
import json
import pathlib
import random
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import time

DONE = ("completed", "failed", "cancelled")
LONGEST = 300  # seconds until all jobs are over, when nobody disturbs them any more


class tree(http.server.BaseHTTPRequestHandler):
    """Pages 0 to `pages` - 1; page n links to 2n + 1 and 2n + 2."""
    protocol_version = "HTTP/1.1"
    pages = 0

    def do_GET(self):
        number = self.path.rsplit("/", 1)[-1]
        found = number.isdigit() and int(number) < self.pages
        links = [k for k in (2 * int(number) + 1, 2 * int(number) + 2) if k < self.pages] if found else []
        body = "".join(f'<a href="/p/{k}">page</a>' for k in links).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        with contextlib.suppress(OSError):  # a service that was killed reads no more
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_):
        pass


class site(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass


class service:
    """`trawl serve` on one port and one directory, over as many processes as it takes."""

    def __init__(self, binary, work):
        self.command = [str(binary), "serve", "--set", f"data={work / 'data'}", "--set", 'egress.allow=["127.0.0.0/8"]', "--set", "log.format=text"]
        self.log = open(work / "serve.log", "ab")
        with socketserver.TCPServer(("127.0.0.1", 0), None) as free:
            self.port = free.server_address[1]
        self.process = None

    def start(self):
        self.process = subprocess.Popen([*self.command, "--set", f"listen=127.0.0.1:{self.port}"], stderr=self.log)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.call("GET", "/readyz")[0] == 200:
                    return
            time.sleep(0.01)
        sys.exit("the service was not ready in 30 s")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def call(self, method, path, body=None, fields=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"} | (fields or {}))
            answer = connection.getresponse()
            return answer.status, answer.read()

    def status(self, job):
        return json.loads(self.call("GET", f"/api/v1/jobs/{job}")[1])


def follow(on, job, seen):
    """Reads the job's results as they come, and goes on behind the last whole line after each break, until it has all."""
    while True:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", on.port, timeout=30)
            with contextlib.closing(connection):
                connection.request("GET", f"/api/v1/jobs/{job}/results?follow=true&after={seen[-1] if seen else 0}")
                answer = connection.getresponse()
                while answer.status == 200 and (line := answer.readline()):
                    if line.strip() and line.endswith(b"\n"):
                        seen.append(json.loads(line)["seq"])
            state = on.status(job)
            if state["state"] in DONE and (seen[-1] if seen else 0) >= state["counts"]["recorded"]:
                return
        time.sleep(0.02)


def submit(on, address, number, broken):
    """The job's id; sent again with its key where the answer was lost."""
    job = {"name": f"job-{number}", "seeds": [address], "politeness": {"delay": "0s", "per_host": 8}}
    for _ in range(2):
        with contextlib.suppress(OSError, http.client.HTTPException):
            status, body = on.call("POST", "/api/v1/jobs", job, {"Idempotency-Key": f"key-{number}"})
            return json.loads(body)["id"] if status == 201 else None
        broken.wait()
    return None


def disturb(on, options, rng, address, jobs):
    """Submits and kills until there were enough of both; what was missing after a start."""
    missing, readers, ready = [], [], threading.Event()
    ready.set()

    def fill():
        for number in range(options.jobs):
            time.sleep(rng.uniform(0, 0.8 * options.kills / options.jobs))
            job = submit(on, address, number, ready)
            if job is None:
                continue
            jobs[job] = []
            readers.append(threading.Thread(target=follow, args=(on, job, jobs[job]), daemon=True))
            readers[-1].start()

    filling = threading.Thread(target=fill, daemon=True)
    filling.start()
    for _ in range(options.kills):
        time.sleep(rng.uniform(0.05, 0.8))
        ready.clear()
        on.kill()
        accepted = list(jobs)
        on.start()
        ready.set()
        there = {job["id"] for job in json.loads(on.call("GET", "/api/v1/jobs?limit=1000")[1])["jobs"]}
        missing += [f"lost: job {job} is not there after a start" for job in accepted if job not in there]
    filling.join()
    return missing, readers


def judge(on, options, jobs, readers):
    found = []
    numbers = list(range(1, options.pages + 1))
    end = time.monotonic() + LONGEST
    for job in jobs:
        while (state := on.status(job))["state"] not in DONE and time.monotonic() < end:
            time.sleep(0.05)
        if state["state"] != "completed" or state["counts"]["recorded"] != options.pages:
            found.append(f"end: {json.dumps(state)}")
        records = [json.loads(line) for line in on.call("GET", f"/api/v1/jobs/{job}/results")[1].splitlines()]
        if [r["seq"] for r in records] != numbers or len({r["url"] for r in records}) != options.pages:
            found.append(f"results: job {job} has {len(records)} records of {len({r['url'] for r in records})} pages")
    for reader in readers:
        reader.join(30)
    found += [f"reader: of job {job} {len(seen)} records came, {len(set(seen))} of them different" for job, seen in jobs.items() if seen != numbers]
    listed = json.loads(on.call("GET", "/api/v1/jobs?limit=1000")[1])["jobs"]
    names = [job["name"] for job in listed]
    found += [f"doubled: {name} was made {names.count(name)} times" for name in set(names) if names.count(name) > 1]
    return found


def main():
    parser = argparse.ArgumentParser(description="kills a service until it was enough, then judges what became of its jobs")
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--jobs", type=int, default=12)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    tree.pages = options.pages
    pages = site(("127.0.0.1", 0), tree)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    work = pathlib.Path(tempfile.mkdtemp(prefix="trawl-service-"))
    on, jobs = service(options.binary.resolve(), work), {}
    on.start()
    try:
        found, readers = disturb(on, options, random.Random(options.seed), f"http://127.0.0.1:{pages.server_address[1]}/p/0", jobs)
        found += judge(on, options, jobs, readers)
    finally:
        on.kill()
    print(f"{options.kills} kills, {len(jobs)} jobs: {len(found)} violations", *found, sep="\n")
    if found:
        print(f"the files are in {work}")
    else:
        subprocess.run(["rm", "-r", str(work)], check=True)
    return 1 if found or not jobs else 0


if __name__ == "__main__":
    sys.exit(main())
