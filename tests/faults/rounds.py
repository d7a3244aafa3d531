"""What all fault loops do: crawls of one graph after the other, each broken off as the loop likes, resumed until it is done, and judged."""
import argparse
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import time

import graph
import rig

LONGEST_RUN = 15  # seconds to wait for requests before a break, which a slow host may keep back


def parser(description):
    """The arguments that all loops have."""
    out = argparse.ArgumentParser(description=description)
    out.add_argument("binary", type=pathlib.Path)
    out.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30), help="of all that is random here; printed")
    out.add_argument("--breaks", type=int, default=8, help="how often crawls are broken off, in all")
    out.add_argument("--per-round", type=int, default=8, help="how often one crawl is, at most")
    out.add_argument("--name", default="out.ndjson", help="of the output; its suffix picks the compression")
    out.add_argument("--pages", type=int, default=300)
    out.add_argument("--hosts", type=int, default=4)
    out.add_argument("--delay-ms", type=int, default=0)
    out.add_argument("--crawl-delay", type=float, default=0, help="seconds, of the last host")
    out.add_argument("--slow-pages", type=int, default=6, help="of that host")
    out.add_argument("--concurrency", type=int, default=64)
    out.add_argument("--flag", action="append", default=[], help="one more argument for the crawler")
    out.add_argument("--keep", action="store_true", help="keep the files of rounds without a finding too")
    out.add_argument("--work", type=pathlib.Path, help="where the files go; default a new temporary directory")
    return out


def has_ended(run, seconds, enough=lambda: False):
    """Waits so long, or until it is enough; whether the crawler came to its end by itself within that time."""
    end = time.monotonic() + seconds
    while run.process.poll() is None and not enough() and time.monotonic() < end:
        time.sleep(min(0.005, max(0, end - time.monotonic())))
    return run.process.poll() is not None


def ends_before_break(run, rng, most):
    """Waits for the moment of a break; whether the crawl ended before. Often while it is starting, recovering or has just begun, by the
    clock; else after so many requests that `most` breaks spread over a crawl however fast the machine is."""
    if rng.random() < 0.3:
        return has_ended(run, rng.uniform(0.001, 0.1))
    requests = rng.uniform(1, 2 * len(run.truth.nodes) / (most + 1))
    return has_ended(run, LONGEST_RUN, lambda: run.requests() >= requests) or has_ended(run, rng.uniform(0, 0.02))


def wrong_code(run, code, expected):
    """What to say of a run that ended in none of the expected ways."""
    return [] if code in expected else [f"exit: run {len(run.ends)} ended with {code}, not {' or '.join(map(str, expected))}\n{run.log_tail()}"]


def run_to_end(run):
    """The last run, which nobody disturbs; what is wrong with how it ended."""
    if run.is_drained():
        return []
    run.start()
    return wrong_code(run, run.end(seconds=300), [rig.DONE])


class campaign:
    """Rounds with their numbers. `break_off(run, rng, most)` takes one crawl to its end and gives (breaks, findings); `outputs` is where the
    output and its state go, default beside the logs; `promised` are more arguments of the checker."""

    def __init__(self, options, outputs=None, **promised):
        options.binary = options.binary.resolve()
        self.options, self.outputs, self.promised = options, outputs, promised
        self.rng = random.Random(options.seed)
        self.work = (options.work or pathlib.Path(tempfile.mkdtemp(prefix="trawl-faults-"))).resolve()
        self.rounds = self.findings = 0
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(f"ended from outside; the files are in {self.work}"))  # by way of what stops the processes
        print(f"seed {options.seed}", flush=True)

    def round(self, break_off, most):
        """One crawl; how often it was broken off."""
        self.rounds += 1
        options, work = self.options, self.work / f"round-{self.rounds}"
        work.mkdir(parents=True)
        outputs = (self.outputs or work) / f"out-{self.rounds}"
        outputs.mkdir()
        form = graph.shape(seed=self.rng.randrange(1 << 30), pages=options.pages, hosts=options.hosts, crawl_delay=options.crawl_delay, slow_pages=options.slow_pages)
        with rig.served(form, work) as truth:
            run = rig.crawl(options.binary, truth, work, outputs / options.name, options.delay_ms, options.concurrency, options.flag)
            try:
                breaks, found = break_off(run, self.rng, most)
            except TimeoutError as late:
                breaks, found = most, [f"exit: {late}\n{run.log_tail()}"]
            finally:
                run.stop()
            found += run.judge(**self.promised)
        self.findings += len(found)
        codes = [end["code"] for end in run.ends]
        print(f"round {self.rounds}: graph {form.seed}, {len(truth.nodes)} addresses, {breaks} breaks, ends {codes}: {len(found)} violations", *found, sep="\n", flush=True)
        if not found and not options.keep:
            shutil.rmtree(work)
        if outputs.exists() and self.outputs:
            shutil.rmtree(outputs)
        return breaks

    def until_enough(self, break_off):
        """Rounds until there were --breaks of them, at least one; the exit code."""
        done = 0
        while done < self.options.breaks or self.rounds == 0:
            done += self.round(break_off, min(self.options.per_round, self.options.breaks - done))
            if self.rounds > 10 + self.options.breaks:
                print(f"{self.rounds} crawls were over before {self.options.breaks} breaks: --pages is too small for this machine")
                return 1
        return self.end()

    def end(self):
        """The exit code; files stay where there is something to look into."""
        if self.findings:
            print(f"{self.findings} violations; the files are in {self.work}; again with --seed {self.options.seed}")
        elif not self.options.work and not self.options.keep:
            shutil.rmtree(self.work)
        return 1 if self.findings else 0
