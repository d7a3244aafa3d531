#!/usr/bin/env python3
"""Judges one crawl of the truth site: graph, request log and output go in, each broken promise comes out as a line.

usage: check.py --shape JSON --requests FILE --output FILE [--ends FILE] [--delay SECONDS] [--concurrency N]

Exits 1 when there is one. What is held to what:
  lost, doubled, unasked   each address that a seed or page names in scope has one record, or is covered by the one that was led to it
  fate                     status, end, redirects, error, title, links and parent of a record are those of the graph
  content                  no page's content comes twice, and none is missing
  seq                      from 1, rising, without gaps but for the records that the job keeps out of the outputs
  requests                 nothing disallowed, out of scope or unknown is asked for; nothing more often than its answers and the
                           crawler's ends explain; nothing again once its record was in the output
  politeness               the time between two request starts to a host, also over restarts; Retry-After
"""
import argparse
import collections
import json
import pathlib
import subprocess
import sys
import zlib

import graph
import truth_site

# A request leaves at its host's turn; what the machine adds on its way to the site's clock makes the next gap that much shorter. Of 4,042
# gaps, on two cores with four times as much to run as they can, 99.9 % were less than 14 ms short and none 20 ms. By how much the machine
# woke the site itself too late is in its log and comes on top.
TOLERANCE = 0.020
ON_THE_WAY = 0.100  # an answer that the site has given may not have been taken up by a crawler that ends so soon after it
SILENCE = 10.0      # seconds: nothing here keeps a crawl waiting longer than a second, and a start may take three
SHOWN = 12          # findings of one kind

request = collections.namedtuple("request", "at late host target status")


def read_requests(path):
    out = []
    for line in pathlib.Path(path).read_text().splitlines():
        at, late, host, target, status = line.split(" ")
        out.append(request(int(at) / 1e9, int(late) / 1e9, host, target, int(status)))
    return out


def plain_bytes(path):
    """The output's bytes, decompressed as far as they are whole; and what is wrong with the compression."""
    raw = pathlib.Path(path).read_bytes() if pathlib.Path(path).exists() else b""
    if str(path).endswith(".zst"):
        done = subprocess.run(["zstd", "-dcq"], input=raw, capture_output=True, check=False)
        return done.stdout, [f"output: {done.stderr.decode().strip()}"] if done.returncode else []
    if not str(path).endswith(".gz"):
        return raw, []
    out = b""
    while raw:
        member = zlib.decompressobj(16 + zlib.MAX_WBITS)
        try:
            out += member.decompress(raw)
        except zlib.error as error:
            return out, [f"output: gzip: {error}"]
        if not member.eof:
            return out, ["output: the last gzip member is cut"]
        raw = member.unused_data
    return out, []


def read_records(path):
    """(records, findings): lines that are whole JSON objects, and what is said of the others."""
    text, found = plain_bytes(path)
    records = []
    for number, line in enumerate(text.split(b"\n"), 1):
        if not line:
            continue
        try:
            records.append(json.loads(line))
        except ValueError:
            found.append(f"output: line {number} is no JSON: {line[:60]!r}")
    if text and not text.endswith(b"\n"):
        found.append("output: the last line does not end")
    return records, found


def covered_by(record):
    """The addresses whose fate this record tells: its own, and those that its redirects went through for good."""
    out = {record["url"]}
    if "duplicate_of" not in record and "error" not in record:
        out.update(hop["url"] for hop in record.get("redirects", []))
        out.add(record["final_url"])
    return out


def urls_of(path):
    """Addresses that are settled by the records which an output holds now, whole or not."""
    return set().union(*(covered_by(r) for r in read_records(path)[0]), set())


class case:
    """One crawl to be judged. `ends`: one {"ended": ns, "code", …} for each process; `settled`: by end, what its output covered; `unsynced`:
    seconds before an end of which a power cut may take everything; `silence`: seconds without a request that are too many."""

    def __init__(self, truth, requests, records, ends, settled=(), delay=0.0, concurrency=64, unsynced=0.0, silence=SILENCE):
        self.truth, self.requests, self.records, self.ends, self.settled = truth, requests, records, ends, settled
        self.delay, self.concurrency, self.unsynced, self.silence = delay, concurrency, unsynced, silence
        self.kills = [end["ended"] / 1e9 for end in ends[:-1]]
        self.by_url = {}
        for record in records:
            self.by_url.setdefault(record.get("url"), record)
        self.asked = collections.Counter(f"http://{r.host}{r.target}" for r in requests)
        self.linked = {url for url, at in truth.nodes.items() if at.linked}
        self.named_by = collections.defaultdict(set)
        for url, at in truth.nodes.items():
            for link in at.links:
                self.named_by[link].add(url)

    def violations(self):
        out = []
        for part in (self.seq, self.fates, self.accounts, self.contents, self.forbidden_requests, self.repeats, self.settled_requests, self.gaps, self.holds, self.silences):
            found = list(part())
            out += found[:SHOWN]
            if len(found) > SHOWN:
                out.append(f"{part.__name__}: {len(found) - SHOWN} more")
        return out

    # -- records --------------------------------------------------------------------------------------------------------

    def seq(self):
        quiet = sum(self.truth.nodes[url].quiet for url in self.linked)
        last = 0
        for record in self.records:
            if record["seq"] <= last:
                yield f"seq: {record['seq']} comes after {last} ({record['url']})"
            last = max(last, record["seq"])
        missing = last - len({record["seq"] for record in self.records})
        if missing > quiet:
            yield f"seq: {missing} numbers up to {last} are missing, and only {quiet} records are kept out of the output"

    def accounts(self):
        times = collections.Counter(record["url"] for record in self.records)
        led = {url for r in self.records for url in covered_by(r) - {r["url"]}}  # to these others were redirected, and hold them
        for url in self.linked:
            wanted = 0 if self.truth.nodes[url].quiet else 1
            if times[url] > wanted:
                yield f"doubled: {url} has {times[url]} records" if wanted else f"fate: {url} is kept out of the output and has {times[url]} records"
            elif times[url] < wanted and url not in led:
                yield f"lost: {url} has no record ({self.asked[url]} requests)"
            elif times[url] and url in led:
                yield f"doubled: {url} has a record, and another that was redirected to it"
        for url in times.keys() - self.linked:
            yield f"unasked: {url} has a record, and nothing names it"

    def fates(self):
        for record in self.records:
            if record["url"] not in self.linked:
                continue
            for key, wanted, got in self.differences(record):
                yield f"fate: {record['url']}: {key} should be {wanted!r} and is {got!r}"

    def differences(self, record):
        wanted = self.wanted_duplicate(record) if "duplicate_of" in record else self.wanted(record["url"])
        got = {
            "status": record["status"], "final_url": record["final_url"], "error": record.get("error", {}).get("code"),
            "redirects": [(hop["url"], hop["status"]) for hop in record.get("redirects", [])], "title": record.get("title", ""),
            "links": {link["url"].split("#")[0] for link in record.get("links", [])}, "content_type": record["content_type"],
            "duplicate_of": record.get("duplicate_of"),
        }
        yield from ((key, value, got[key]) for key, value in wanted.items() if got[key] != value)
        if record["parent"] is None and record["url"] not in self.truth.seeds:
            yield "parent", "a page that names it", None
        if record["parent"] is not None and not self.names(record["parent"], record["url"]):
            yield "parent", "a page that names it", record["parent"]
        if wanted["error"] is None and record["attempts"] < 1:
            yield "attempts", "at least 1", record["attempts"]

    def names(self, parent, url):
        """Whether `parent`, or where it leads, is a page with a link to `url`."""
        if parent not in self.truth.nodes:
            return False
        _, end, why = self.truth.walk(parent)
        return why in ("content", "body.truncated") and end in self.named_by[url]

    def wanted(self, url):
        hops, end, why = self.truth.walk(url)
        out = {"redirects": hops, "error": None if why == "content" else why}
        if why in ("content", "body.truncated"):
            at = self.truth.nodes[end]
            out |= {"status": at.status, "final_url": end, "content_type": at.content_type, "title": at.title}
            if why == "content":
                out["links"] = set(at.links)
            return out
        return out | {"status": hops[-1][1] if hops else None, "title": "", "links": set()} | ({"final_url": end} if hops else {})

    def wanted_duplicate(self, record):
        """A chain that came to what was taken: where it stood then, and that the one named holds it."""
        hops, end, _ = self.truth.walk(record["url"])
        so_far = len(record.get("redirects", []))
        path = [url for url, _ in hops[1:]] + [end]
        if not 0 < so_far <= len(path):
            return {"error": None, "redirects": hops[:1]}
        target, holder = path[so_far - 1], record["duplicate_of"]
        held = holder in self.linked and (holder in self.by_url or self.truth.nodes[holder].quiet)
        if held:
            led = self.truth.walk(holder)
            held = target in [url for url, _ in led[0]] + [led[1]]
        if not held:
            return {"error": None, "duplicate_of": f"the URL of a record that holds {target}"}
        return {"redirects": hops[:so_far], "status": hops[so_far - 1][1], "final_url": target, "error": None, "title": "", "links": set()}

    def contents(self):
        times = collections.Counter(r["final_url"] for r in self.records if "duplicate_of" not in r and "error" not in r)
        reached = {end for _, end, why in map(self.truth.walk, self.linked) if why == "content" and not self.truth.nodes[end].quiet}
        for url in reached:
            if times[url] != 1:
                yield f"content: {url} is in {times[url]} records"

    # -- requests -------------------------------------------------------------------------------------------------------

    def forbidden_requests(self):
        for r in self.requests:
            url = f"http://{r.host}{r.target}"
            if r.host not in self.truth.hosts:
                yield f"requests: {url} is out of scope"
            elif r.target != "/robots.txt" and url not in self.truth.nodes:
                yield f"requests: {url} does not exist"
            elif r.target != "/robots.txt" and self.truth.nodes[url].disallowed:
                yield f"requests: {url} is disallowed by robots.txt"

    def allowance(self):
        """How often each address may be asked for when nothing ends the crawler."""
        out = collections.Counter()
        for start in self.linked:
            hops, end, why = self.truth.walk(start)
            passed = collections.Counter(url for url, _ in hops)
            if why in ("content", "connect.reset", "body.truncated"):
                passed[end] += 1
            for url, times in passed.items():
                # What a chain claims stays claimed where it ends in content; else each chain goes the whole way by itself.
                out[url] = max(out[url], 1) if url == end and why == "content" else out[url] + times
        for url in out:
            at = self.truth.nodes[url]
            if at.status in (0, graph.BROKEN) or at.cut:
                out[url] *= 1 + graph.RETRIES
            if at.status == 0:
                out[url] *= 2  # a kept connection that ends without an answer is no attempt: the request goes out again at once
            elif at.first is not None:
                out[url] += 1
        for host in self.truth.hosts:
            out[f"http://{host}/robots.txt"] = 1 + len(self.kills)
        return out

    def tries_lost(self, url, allowance):
        """How many requests for an address one end may undo: a power cut all of them, a kill those of the one try that was on its way."""
        if self.unsynced:
            return allowance
        at = self.truth.nodes.get(url)
        if at is None:
            return 1
        if at.to is None:
            return 2 if at.status == 0 else 1  # see `allowance`
        return [hop for hop, _ in self.truth.walk(url)[0]].count(url)  # a loop passes it more than once

    def repeats(self):
        allowance = self.allowance()
        extra = 0
        for url, asked in self.asked.items():
            if url not in allowance:
                continue  # told by forbidden_requests
            more = max(0, asked - allowance[url])
            extra += more
            if more > len(self.kills) * self.tries_lost(url, allowance[url]):
                yield f"requests: {url} was asked for {asked} times; {allowance[url]} and {len(self.kills)} ends of the crawler explain fewer"
        explained = sum(self.concurrency + sum(kill - self.unsynced <= r.at <= kill for r in self.requests) for kill in self.kills)
        if extra > explained:
            yield f"requests: {extra} repeats in all; {len(self.kills)} ends with at most {self.concurrency} requests in flight explain {explained}"

    def settled_requests(self):
        if self.unsynced:
            return
        for number, urls in enumerate(self.settled[: len(self.kills)]):
            for r in self.requests:
                url = f"http://{r.host}{r.target}"
                if r.at > self.kills[number] + ON_THE_WAY and url in urls:
                    yield f"requests: {url} was asked for again after its record was in the output (end {number + 1})"

    # -- politeness -----------------------------------------------------------------------------------------------------

    def by_host(self):
        out = collections.defaultdict(list)
        for r in self.requests:
            out[r.host].append(r)
        return out.items()

    def gaps(self):
        """Over any stretch of requests to a host, not only from one to the next: what is late by itself makes up for it, a fast pace does not."""
        for host, asked in self.by_host():
            delay = max(self.delay, self.truth.delays.get(host, 0))
            turn, before = None, None  # the earliest moment at which the request before can have left
            closed = {}
            for r in asked:
                if r.at < closed.pop(r.target, 0):
                    continue  # a kept connection was closed under the request, which goes out again at once
                if r.status == 0:
                    closed[r.target] = r.at + self.truth.nodes[f"http://{host}{r.target}"].latency + TOLERANCE + r.late
                earliest = r.at - r.late - TOLERANCE
                turn = earliest if turn is None else max(earliest, turn + delay)
                if turn > r.at:
                    over = "over a restart" if any(before.at < kill < r.at for kill in self.kills) else "in one run"
                    yield (f"politeness: {host}{r.target} was asked for {(r.at - before.at) * 1000:.1f} ms after {before.target} ({over}), "
                           f"{(turn - r.at + TOLERANCE) * 1000:.1f} ms before its turn; the delay is {delay * 1000:.0f} ms")
                    turn = earliest
                before = r

    def holds(self):
        """After 503 with Retry-After nothing of the host starts before its time, unless the crawler ended before it could know."""
        for host, asked in self.by_host():
            for held in asked:
                at = self.truth.nodes.get(f"http://{host}{held.target}")
                if held.status != graph.BUSY or at is None:
                    continue
                told = held.at + at.latency
                if any(held.at < kill < told + max(ON_THE_WAY, self.unsynced) for kill in self.kills):
                    continue
                for r in asked:
                    if told + ON_THE_WAY < r.at < told + truth_site.RETRY_AFTER - TOLERANCE:
                        yield f"politeness: {host}{r.target} was asked for {r.at - told:.3f} s after Retry-After: {truth_site.RETRY_AFTER}"

    def silences(self):
        """A run asks for something soon after its start, and again and again until its end."""
        times = [r.at for r in self.requests]
        for number, end in enumerate(self.ends, 1):
            began, ended = end["began"] / 1e9, end["ended"] / 1e9
            marks = [began, *(at for at in times if began < at < ended), ended]
            longest = max(after - before for before, after in zip(marks, marks[1:]))
            if longest > self.silence:
                yield f"silence: run {number} asked for nothing for {longest:.1f} s"


def main():
    parser = argparse.ArgumentParser(description="judges a crawl of the truth site")
    parser.add_argument("--shape", required=True, help="JSON of graph.shape's members, the port included")
    parser.add_argument("--requests", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--ends", help="JSON list of the processes' ends; default one that ended well")
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--concurrency", type=int, default=64)
    given = parser.parse_args()
    ends = json.loads(pathlib.Path(given.ends).read_text()) if given.ends else [{"began": 0, "ended": 0, "code": 0}]
    records, found = read_records(given.output)
    truth = graph.graph(graph.shape(**json.loads(given.shape)))
    found += case(truth, read_requests(given.requests), records, ends, delay=given.delay, concurrency=given.concurrency).violations()
    print("\n".join(found) or f"{len(records)} records, no violation")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
