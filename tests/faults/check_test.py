"""The checker finds what it is there to find: a right crawl passes, and each way of damaging one is told.

The right crawl is made here, in memory, by the rules of the contract and not by any crawler, with two ends of the crawler in it.
"""
import copy
import gzip
import itertools
import json
import pathlib
import random
import tempfile
import unittest

import check
import graph
import reference
import truth_site

DELAY, CONCURRENCY = 0.05, 4


class right_crawl(reference.reference):
    """Everything that a checker reads of a crawl that went as it should, on a clock of its own."""

    def __init__(self, seed, ends_after=(40, 90)):
        super().__init__(graph.graph(graph.shape(seed=seed, pages=90, hosts=3, crawl_delay=1, slow_pages=3, port=8000)))
        self.records, self.requests, self.ends, self.settled = [], [], [], []
        self.now = self.began = 100.0
        self.next_start = {}
        self.asked, self.knows_robots = set(), set()
        while self.step():
            if self.position in ends_after:
                self._end(-9, self.queue[self.position])
        self._end(0)

    def case(self):
        return check.case(self.truth, self.requests, self.records, self.ends, self.settled, delay=DELAY, concurrency=CONCURRENCY)

    def _end(self, code, in_flight=None):
        """The crawler ends, with one request on its way that nobody will hear of."""
        if in_flight and in_flight not in self.taken and not self.truth.nodes[in_flight].disallowed:
            self.ask(in_flight)
        self.now += 0.2
        self.ends.append({"began": int(self.began * 1e9), "ended": int(self.now * 1e9), "code": code})
        self.settled.append(set().union(*(check.covered_by(r) for r in self.records)))
        self.now += 0.2
        self.began = self.now
        self.knows_robots.clear()

    def ask(self, url):
        _, _, host, path = url.split("/", 3)
        if host not in self.knows_robots:
            self.knows_robots.add(host)
            self._start(host, "/robots.txt", 200)
        at = self.truth.nodes[url]
        status = at.status if at.first is None or url in self.asked else at.first
        self.asked.add(url)
        self._start(host, "/" + path, status)
        if status == graph.BUSY:
            self.next_start[host] += truth_site.RETRY_AFTER + at.latency
        return 0 if at.cut else status

    def _start(self, host, target, status):
        self.now = max(self.now + 0.0001, self.next_start.get(host, 0))
        self.requests.append(check.request(self.now, 0.0, host, target, status))
        self.next_start[host] = self.now + max(DELAY, self.truth.delays.get(host, 0))

    def write(self, record):
        self.records.append(record)


CRAWLS = [right_crawl(seed) for seed in (1, 2, 3)]


class Checker(unittest.TestCase):
    def check(self, crawl, kind, message):
        found = crawl.case().violations()
        self.assertTrue(any(line.startswith(kind) for line in found), f"{message}: not told as '{kind}' but as {found[:3]}")

    def each(self, times=12):
        """Copies of the right crawls to be damaged, each with a random source, so that a kind of damage meets many records."""
        for crawl in CRAWLS:
            for number in range(times):
                fresh = copy.copy(crawl)
                fresh.records = copy.deepcopy(crawl.records)
                fresh.requests, fresh.ends, fresh.settled = list(crawl.requests), copy.deepcopy(crawl.ends), list(crawl.settled)
                yield fresh, random.Random(number)

    def test_right_crawls_pass(self):
        for crawl in CRAWLS:
            self.assertEqual([], crawl.case().violations())
            kinds = {"duplicate_of" in r for r in crawl.records} | {r.get("error", {}).get("code") for r in crawl.records}
            self.assertLessEqual({True, None, "connect.reset", "body.truncated", "robots.disallowed", "http.too_many_redirects", "http.redirect_out_of_scope"}, kinds)

    def test_record_lost(self):
        for crawl, rng in self.each():
            gone = crawl.records.pop(rng.randrange(len(crawl.records)))
            self.check(crawl, "lost:", gone["url"])

    def test_record_lost_with_its_number(self):
        for crawl, rng in self.each(4):
            at = rng.randrange(len(crawl.records))
            gone = crawl.records.pop(at)
            for later in crawl.records[at:]:
                later["seq"] -= 1
            self.check(crawl, "lost:", gone["url"])

    def test_record_doubled(self):
        for crawl, rng in self.each():
            again = dict(rng.choice(crawl.records), seq=crawl.records[-1]["seq"] + 1)
            crawl.records.append(again)
            self.check(crawl, "doubled:", again["url"])

    def test_line_doubled(self):
        for crawl, rng in self.each(4):
            at = rng.randrange(len(crawl.records))
            crawl.records.insert(at, crawl.records[at])
            self.check(crawl, "seq:", at)

    def test_content_doubled(self):
        for crawl, rng in self.each(4):
            record = rng.choice([r for r in crawl.records if "duplicate_of" in r and crawl.truth.walk(r["url"])[2] == "content"])
            hops, end, _ = crawl.truth.walk(record["url"])
            at = crawl.truth.nodes[end]
            del record["duplicate_of"]
            record |= {"status": at.status, "final_url": end, "title": at.title, "content_type": at.content_type, "links": [{"url": link} for link in at.links]}
            record["redirects"] = [{"url": u, "status": s} for u, s in hops]
            self.check(crawl, "content:", record["url"])

    def test_records_swapped(self):
        for crawl, rng in self.each(4):
            at = rng.randrange(len(crawl.records) - 1)
            crawl.records[at], crawl.records[at + 1] = crawl.records[at + 1], crawl.records[at]
            self.check(crawl, "seq:", at)

    def test_number_skipped(self):
        for crawl, rng in self.each(4):
            for later in crawl.records[rng.randrange(len(crawl.records)):]:
                later["seq"] += 1 + 2  # more than the quiet page can have taken
            self.check(crawl, "seq:", "gap")

    def test_number_repeated(self):
        for crawl, rng in self.each(4):
            at = 1 + rng.randrange(len(crawl.records) - 1)
            crawl.records[at]["seq"] = crawl.records[at - 1]["seq"]
            self.check(crawl, "seq:", at)

    def test_value_altered(self):
        for key, value in {
            "status": 299, "final_url": "http://h0.test:8000/other", "title": "of another page", "content_type": "text/plain", "parent": "http://h0.test:8000/nowhere",
            "redirects": [{"url": "http://h0.test:8000/", "status": 301}], "error": {"code": "internal"}, "links": [{"url": "http://h0.test:8000/"}],
        }.items():
            for crawl, rng in self.each(4):
                record = rng.choice([r for r in crawl.records if r["status"] == 200 and key in r | {"redirects": 0, "error": 0} and "error" not in r])
                record[key] = value
                self.check(crawl, "fate:", key)

    def test_contents_swapped(self):
        for crawl, rng in self.each(4):
            a, b = rng.sample([r for r in crawl.records if "title" in r], 2)
            a["title"], b["title"] = b["title"], a["title"]
            self.check(crawl, "fate:", a["url"])

    def test_wrong_holder(self):
        for crawl, rng in self.each(4):
            record = rng.choice([r for r in crawl.records if "duplicate_of" in r])
            held = {record["url"], record["final_url"]} | {hop["url"] for hop in record["redirects"]}
            record["duplicate_of"] = rng.choice([r["url"] for r in crawl.records if not held & {*check.covered_by(r), r["final_url"]}])
            self.check(crawl, "fate:", record["url"])

    def test_failure_instead_of_a_page(self):
        for crawl, rng in self.each(4):
            record = rng.choice([r for r in crawl.records if r["status"] == 200 and "error" not in r])
            record |= {"status": None, "error": {"code": "connect.reset", "message": ""}}
            self.check(crawl, "fate:", record["url"])

    def test_record_of_what_nothing_names(self):
        for crawl, rng in self.each(4):
            crawl.records.append(dict(rng.choice(crawl.records), url="http://h0.test:8000/invented", seq=crawl.records[-1]["seq"] + 1))
            self.check(crawl, "unasked:", "invented")

    def test_record_that_was_to_be_kept_out(self):
        for crawl, _ in self.each(1):
            quiet = next(url for url, at in crawl.truth.nodes.items() if at.quiet)
            crawl.records.append(dict(crawl.records[0], url=quiet, seq=crawl.records[-1]["seq"] + 1))
            self.check(crawl, "fate:", quiet)

    def request(self, crawl, url):
        _, _, host, path = url.split("/", 3)
        return check.request(crawl.requests[-1].at + 5, 0.0, host, "/" + path, 200)

    def test_request_for_what_is_forbidden(self):
        for crawl, rng in self.each(4):
            forbidden = rng.choice([url for url, at in crawl.truth.nodes.items() if at.disallowed])
            for url in (forbidden, "http://outside.test:8000/x", "http://h0.test:8000/unknown"):
                crawl.requests = [*crawl.requests, self.request(crawl, url)]
                self.check(crawl, "requests:", url)
                crawl.requests.pop()

    def test_requests_repeated(self):
        for crawl, rng in self.each(4):
            record = rng.choice([r for r in crawl.records if r["status"] == 200 and "error" not in r])
            crawl.requests += [self.request(crawl, record["final_url"])] * (1 + len(crawl.ends))
            self.check(crawl, "requests:", record["url"])

    def test_more_requests_than_were_in_flight(self):
        for crawl, rng in self.each(4):
            pages = [r["final_url"] for r in crawl.records if r["status"] == 200 and "error" not in r]
            crawl.settled = []
            crawl.requests += [self.request(crawl, url) for url in rng.sample(pages, 2 * CONCURRENCY + 1)]
            self.check(crawl, "requests:", "in all")

    def test_request_for_what_was_settled(self):
        for crawl, rng in self.each(4):
            url = rng.choice(sorted(url for url in crawl.settled[0] if not crawl.truth.nodes[url].disallowed))
            crawl.requests.append(self.request(crawl, url))
            self.check(crawl, "requests:", url)

    def test_request_too_early(self):
        for crawl, rng in self.each():
            host = rng.choice(crawl.truth.hosts)
            pairs = list(itertools.pairwise([r for r in crawl.requests if r.host == host]))
            before, r = rng.choice([(before, r) for before, r in pairs if (before.status, before.target) != (0, r.target)])
            crawl.requests.remove(r)
            crawl.requests.append(r._replace(at=before.at + 0.029))
            crawl.requests.sort(key=lambda e: e.at)
            self.check(crawl, "politeness:", r)

    def test_pace_a_little_too_fast(self):
        for crawl, _ in self.each(1):
            start = crawl.requests[0].at
            crawl.requests = [r._replace(at=start + (r.at - start) * 0.95) for r in crawl.requests]
            self.check(crawl, "politeness:", "pace")

    def test_delay_forgotten_at_a_restart(self):
        for crawl, _ in self.each(1):
            slow = crawl.truth.hosts[-1]
            last = max(r.at for r in crawl.requests if r.host == slow)
            crawl.requests.append(check.request(last + 0.9, 0.0, slow, "/robots.txt", 200))
            crawl.ends.insert(2, {"began": 0, "ended": int((last + 0.5) * 1e9), "code": -9})
            found = crawl.case().violations()
            self.assertTrue([line for line in found if "over a restart" in line], found)

    def test_retry_after_ignored(self):
        for crawl, _ in self.each(1):
            held = next(r for r in crawl.requests if r.status == graph.BUSY)
            crawl.requests.append(check.request(held.at + 0.5, 0.0, held.host, "/robots.txt", 200))
            crawl.requests.sort(key=lambda e: e.at)
            found = crawl.case().violations()
            self.assertTrue([line for line in found if "Retry-After" in line], found)

    def test_silence(self):
        for crawl, rng in self.each(4):
            end = rng.choice(crawl.ends)
            end["ended"] += int(11e9)
            for later in crawl.ends[crawl.ends.index(end) + 1:]:
                later["began"] += int(11e9)
            crawl.requests = [r._replace(at=r.at + 11) if r.at > end["ended"] / 1e9 - 11 else r for r in crawl.requests]
            self.check(crawl, "silence:", end)


class Files(unittest.TestCase):
    """What is wrong with the output as a file."""

    def findings(self, name, content):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / name
            path.write_bytes(content)
            records, found = check.read_records(path)
            return len(records), found

    def test_lines(self):
        text = "".join(json.dumps(r) + "\n" for r in CRAWLS[0].records).encode()
        count = len(CRAWLS[0].records)
        self.assertEqual((count, []), self.findings("out.ndjson", text))
        self.assertEqual((count, []), self.findings("out.ndjson.gz", gzip.compress(text[:1000]) + gzip.compress(text[1000:])))
        for cut in (1, 2, 30):
            records, found = self.findings("out.ndjson", text[:-cut])
            self.assertTrue(found)
            self.assertGreaterEqual(records, count - 1)
        for damaged in (b"\0" * 100, b'{"url": "http', b"{}{}\n"):
            self.assertTrue(self.findings("out.ndjson", text + damaged)[1], damaged)
        packed = gzip.compress(text)
        for damaged in (packed[:-9], packed[:-1], packed + b"rest", packed[:50] + b"\0\0\0\0" + packed[54:]):
            self.assertTrue(self.findings("out.ndjson.gz", damaged)[1])

    def test_no_output(self):
        self.assertEqual([], check.read_records("does-not-exist.ndjson")[0])


if __name__ == "__main__":
    unittest.main()
