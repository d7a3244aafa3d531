"""A right crawl by the rules of the contract: one URL at a time, in the order of discovery. How an address is asked for, and where the
records go, is the matter of who derives from it: check_test.py makes right crawls in memory, fake_crawler.py crawls the truth site."""
import graph


class reference:
    """The frontier of one crawl. `taken`: address → URL of the record that holds it."""

    def __init__(self, truth):
        self.truth = truth
        self.queue = list(truth.seeds)
        self.parents = dict.fromkeys(self.queue)
        self.taken = {}
        self.seq = 0
        self.position = 0  # of the next one in the queue

    # What is derived: one try of an address, which gives its status (0: closed or cut), and a record that is made.
    def ask(self, url):
        raise NotImplementedError

    def write(self, record):
        raise NotImplementedError

    def step(self):
        """Takes up the next URL; False when there is none."""
        if self.position == len(self.queue):
            return False
        url = self.queue[self.position]
        self.position += 1
        record, page = (None, None) if url in self.taken else self._visit(url)
        for link in page.links if page else ():
            if self.truth.in_scope(link) and link not in self.parents:
                self.parents[link] = url
                self.queue.append(link)
        if record:
            self.seq += 1
            self.taken.setdefault(url, url)
        if record and not self.truth.nodes[url].quiet:
            self.write(record | {"seq": self.seq})
        return True

    def _visit(self, url):
        """(record, the page whose links count or None)."""
        hops, end, why = self.truth.walk(url)
        path = [at for at, _ in hops[1:]] + [end]
        record = {"job": f"truth-{self.truth.shape.seed}", "url": url, "parent": self.parents[url], "depth": 0, "attempts": 1, "status": None,
                  "final_url": None, "content_type": None}
        for number, (at, status) in enumerate(hops):
            self._fetch(at)
            record |= {"status": status, "final_url": path[number], "redirects": [{"url": a, "status": s} for a, s in hops[: number + 1]]}
            if path[number] in self.taken:
                return record | {"duplicate_of": self.taken[path[number]]}, None
        if why not in ("content", "body.truncated"):
            if why == "connect.reset":
                self._fetch(end)
            return record | {"error": {"code": why}, "attempts": 0 if why == "robots.disallowed" else 1}, None
        self._fetch(end)
        at = self.truth.nodes[end]
        record |= {"status": at.status, "final_url": end, "content_type": at.content_type, "links": [{"url": link} for link in at.links]}
        record |= {"title": at.title} if at.title else {}
        if why == "content":
            self.taken |= dict.fromkeys([a for a, _ in hops] + [end], url)
            return record, at
        return record | {"error": {"code": why}}, at

    def _fetch(self, url):
        """As many tries as the contract has: a refusal by Retry-After is none of them."""
        tries = 0
        while tries <= graph.RETRIES:
            status = self.ask(url)
            if status not in (0, graph.BROKEN, graph.BUSY):
                return
            tries += status != graph.BUSY
