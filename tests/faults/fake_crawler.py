#!/usr/bin/env python3
"""A crawler that keeps its promises, or breaks one on purpose: what the fault loops themselves are tested with (loops_test.py).

usage: fake_crawler.py crawl JOB -o FILE …, as trawl's

What links a page has it knows from the graph (TRAWL_FAULTS_SHAPE); all else goes over the network. FAKE_FAULT names the promise to break.
"""
import errno
import gzip
import hashlib
import http.client
import json
import os
import pathlib
import pickle
import signal
import sys
import time

import graph
import reference
import truth_site

FAULT = os.environ.get("FAKE_FAULT", "")


class kill_point:
    """TRAWL_KILL_POINT=name:n ends the process when it is at that point for the n-th time."""

    def __init__(self):
        self.name, _, count = os.environ.get("TRAWL_KILL_POINT", "").partition(":")
        self.left = int(count or 0)

    def __call__(self, name):
        if name == self.name:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class fake_crawler(reference.reference):
    KEPT = ("queue", "parents", "taken", "seq", "position", "holds", "next_start", "length", "lines")  # lines: what goes behind `length` of the output

    def __init__(self, truth, job, output):
        super().__init__(truth)
        self.delay = float(job["politeness"]["delay"].removesuffix("ms")) / 1000
        self.output, self.state = output, pathlib.Path(f"{output}.trawl")
        self.at_point = kill_point()
        self.holds, self.next_start, self.knows_robots = {}, {}, set()
        self.length, self.lines = 0, b""
        self._resume()

    def _resume(self):
        kept = self.state / "kept"
        if kept.exists():
            self.__dict__ |= self._read(kept)
            if FAULT != "trusts_clock":  # no clock goes on over a restart, and what was sent last is not known: all is waited again
                self.holds = dict.fromkeys(self.holds, time.monotonic() + truth_site.RETRY_AFTER)
                self.next_start = {host: time.monotonic() + max(self.delay, self.truth.delays.get(host, 0)) for host in self.truth.hosts}
            if FAULT == "forgets_delay":
                self.next_start = {}
            if FAULT == "drops_queue" and self.position + 1 < len(self.queue):
                self.queue.pop()
            if FAULT == "repeats":
                self.position, self.taken = max(0, self.position - 3), {}
        elif self.output.exists():
            sys.exit(f"{self.output} is there, and {kept} is not")
        else:
            self.state.mkdir(exist_ok=True)
            self._try_until_there_is_space(self._keep)
        self.file = open(self.output, "ab", buffering=0)
        if FAULT != "keeps_tail":
            os.ftruncate(self.file.fileno(), self.length)
        if FAULT == "commits_first":
            self.lines, self.length = b"", self.length + len(self.lines)
        self._put_out()

    def _read(self, kept):
        data = kept.read_bytes()
        if FAULT != "ignores_damage" and hashlib.sha256(data[32:]).digest() != data[:32]:
            sys.exit(f"{kept} is damaged")
        try:
            found = pickle.loads(data[32:])
        except Exception:  # the fault: what can't be read is taken for nothing
            return {}
        if FAULT != "ignores_damage" and self.output.exists() and self.output.stat().st_size < found["length"]:
            sys.exit(f"{self.output} is shorter than what was written to it")
        return found

    def _keep(self):
        """The state in one step: a file that takes the place of the one before."""
        new = self.state / "new"
        with open(new, "wb") as out:
            data = pickle.dumps({name: getattr(self, name) for name in self.KEPT})
            out.write(hashlib.sha256(data).digest() + data)
            out.flush()
            if FAULT != "no_sync":
                os.fsync(out.fileno())
        self.at_point("commit.before_log")
        os.rename(new, self.state / "kept")
        self.at_point("commit.after_log")
        if FAULT != "no_sync":
            folder = os.open(self.state, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)

    def commit(self):
        """One URL's record and what it changed, then the output, which follows. Where the disk is full it is tried again."""
        self._try_until_there_is_space(self._keep)
        self._put_out()

    def _put_out(self):
        self._try_until_there_is_space(self._append)
        self.at_point("output.after_write")
        self._try_until_there_is_space(self._sync_output)
        self.length += len(self.lines)
        self.lines = b""

    def _append(self):
        data = self.lines
        while data:
            data = data[os.write(self.file.fileno(), data):]

    def _sync_output(self):
        if FAULT != "no_sync":
            os.fsync(self.file.fileno())

    def _try_until_there_is_space(self, step):
        while True:
            try:
                return step()
            except OSError as error:
                outlived = errno.EIO if FAULT == "hides_errors" else errno.ENOSPC
                if error.errno != outlived or FAULT == "dies_of_full_disk":
                    raise
            if step == self._append:
                os.ftruncate(self.file.fileno(), self.length)
            if FAULT == "drops_when_full":
                self.lines = b""
            print("paused: no space left on the disk", file=sys.stderr, flush=True)
            time.sleep(0.05)

    def write(self, record):
        line = json.dumps(record).encode() + b"\n"
        self.lines += gzip.compress(line) if self.output.suffix == ".gz" else line

    def ask(self, url):
        _, _, host, path = url.split("/", 3)
        if host not in self.knows_robots:
            self.knows_robots.add(host)
            self._request(host, "/robots.txt")
        status = self._request(host, "/" + path)
        if status == graph.BUSY:
            self.holds[host] = time.monotonic() + truth_site.RETRY_AFTER
            self.position -= 1  # the URL is not done
            self._try_until_there_is_space(self._keep)
            self.position += 1
        return status

    def _request(self, host, target):
        time.sleep(max(0, self.next_start.get(host, 0) - time.monotonic(), self.holds.get(host, 0) - time.monotonic()))
        self.next_start[host] = time.monotonic() + max(self.delay, self.truth.delays.get(host, 0))
        connection = http.client.HTTPConnection("127.0.0.1", self.truth.shape.port)
        try:
            connection.request("GET", target, headers={"Host": host})
            answer = connection.getresponse()
            answer.read()
            return answer.status
        except (http.client.HTTPException, OSError):
            return 0
        finally:
            connection.close()


def main():
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    job = json.loads(pathlib.Path(sys.argv[2]).read_text())
    truth = graph.graph(graph.shape(**json.loads(os.environ["TRAWL_FAULTS_SHAPE"])))
    crawler = fake_crawler(truth, job, pathlib.Path(sys.argv[sys.argv.index("-o") + 1]))
    while crawler.step():
        crawler.commit()
        if stop:
            return 0 if FAULT == "wrong_exit_code" else 3
    for file in crawler.state.iterdir():
        file.unlink()
    crawler.state.rmdir()
    return 0


if __name__ == "__main__":
    sys.exit(main())
