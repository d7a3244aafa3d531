"""Starts the truth site and crawls of it, ends them as asked, and remembers when: what all fault loops share."""
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time

import check
import graph

HERE = pathlib.Path(__file__).resolve().parent
DONE, INTERRUPTED = 0, 3  # exit codes of the command line's contract


def wait_for(condition, seconds, what):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not happen in {seconds} s")
        time.sleep(0.005)


@contextlib.contextmanager
def served(form, work):
    """The truth site in a process of its own; gives the graph that it serves. Its log is work/requests.log."""
    port_file = work / "port"
    port_file.unlink(missing_ok=True)
    shape = {name: value for name, value in vars(form).items() if name != "port"}
    process = subprocess.Popen([sys.executable, HERE / "truth_site.py", "--shape", json.dumps(shape), "--log", work / "requests.log", "--port-file", port_file])
    try:
        wait_for(port_file.exists, 20, "the truth site's start")
        yield graph.graph(graph.shape(**shape, port=int(port_file.read_text())))
    finally:
        process.terminate()
        process.wait()


class crawl:
    """One crawl over as many processes as it takes. `ends` holds one entry for each process: when it began and ended, and how."""

    def __init__(self, binary, truth, work, output, delay_ms=0, concurrency=64, flags=()):
        self.truth, self.work, self.output = truth, work, output
        self.delay_ms, self.concurrency = delay_ms, concurrency
        job = truth.job(f"{delay_ms}ms", concurrency)
        (work / "job.json").write_text(json.dumps(job, indent=1))
        self.command = [str(binary), "crawl", str(work / "job.json"), "-o", str(output), "--no-progress", *flags]
        self.prefix = []  # a program that runs the crawler, as unshare does
        self.environment = os.environ | {"TRAWL_FAULTS_SHAPE": json.dumps(vars(truth.shape))}
        self.ends = []
        self.settled = []  # URLs whose record was seen in the output, by end
        self.process = None

    def start(self, environment=None):
        with open(self.work / "crawl.log", "a") as log:
            log.write(f"--- run {len(self.ends) + 1}\n")
            log.flush()
            self.process = subprocess.Popen([*self.prefix, *self.command], stderr=log, stdout=log, env=self.environment | (environment or {}), start_new_session=True)
        self.began = time.monotonic_ns()
        self.requests_before = (self.work / "requests.log").stat().st_size

    def requests(self):
        """How many this run has made, about: a line of the site's log has 60 bytes."""
        return ((self.work / "requests.log").stat().st_size - self.requests_before) / 60

    def end(self, number=None, seconds=120):
        """Sends the signal, if any, and waits; the exit code as Popen has it. A process that stays is killed and raises."""
        if number is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = None
            self.stop()
        self.ends.append({"began": self.began, "ended": time.monotonic_ns(), "code": code, "signal": number})
        self.settled.append(check.urls_of(self.output))
        if code is None:
            raise TimeoutError(f"run {len(self.ends)} had not ended after {seconds} s")
        return code

    def stop(self):
        """Leaves no process behind, whatever went wrong."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def is_drained(self):
        """The state goes when the crawl has drained: a kill behind that leaves nothing to resume, only an output to be judged."""
        return self.output.exists() and not pathlib.Path(f"{self.output}.trawl").exists()

    def judge(self, **more):
        """The checker's findings, which are also in work/violations.txt; `more` are further arguments of check.case."""
        requests = check.read_requests(self.work / "requests.log")
        records, torn = check.read_records(self.output)
        case = check.case(self.truth, requests, records, self.ends, self.settled, delay=self.delay_ms / 1000, concurrency=self.concurrency, **more)
        found = torn + case.violations()
        (self.work / "violations.txt").write_text("\n".join(found))
        return found

    def log_tail(self, lines=25):
        return "\n".join((self.work / "crawl.log").read_text(errors="replace").splitlines()[-lines:])
