"""The truth of the fault tests: a web made from a seed number, and what a right crawl of it must find.

Everything follows from `shape`: the server (truth_site.py) answers from it, the checker (check.py) judges by it. Nothing here depends on
the order in which a crawler goes, so one graph has one oracle for every run, killed or not.
"""
import dataclasses
import random
import urllib.parse

OUTSIDE = "outside.test"  # named by links and redirects, resolved like the others, never in scope
AGENT = "faultbot"
MAX_REDIRECTS = 10  # fetch.max_redirects, which the job leaves at its default
RETRIES = 2         # fetch.retries, likewise
BIG_BODY = 300_000  # above what the crawler reads on its own thread
GONE, FORBIDDEN, MISSING, BROKEN, BUSY = 410, 403, 404, 500, 503


@dataclasses.dataclass(frozen=True)
class shape:
    """What a graph is made from."""
    seed: int = 1
    pages: int = 300         # ordinary pages, all hosts together; redirects and failures come on top, about a third
    hosts: int = 4
    crawl_delay: float = 0   # seconds, in the robots.txt of the last host, which then has few pages; 0: no such host
    slow_pages: int = 6      # of the host with the crawl delay
    holds: int = 1           # pages that answer 503 with Retry-After once
    port: int = 80


@dataclasses.dataclass
class node:
    """One address and its answer. `status` 0: the connection is closed instead; `cut`: inside the body."""
    url: str
    status: int = 200
    first: int | None = None      # status of the first answer only, 0 as above; None: as all others
    to: str | None = None         # Location, normalised
    location: str | None = None   # Location as it is sent
    title: str = ""
    links: dict = dataclasses.field(default_factory=dict)  # normalised target → as it stands in the page
    content_type: str = "text/html; charset=utf-8"
    cut: bool = False
    padding: int = 0
    linked: bool = False          # some page or seed names it
    disallowed: bool = False
    quiet: bool = False           # the job keeps its record out of the outputs
    latency: float = 0.0          # seconds before the answer


def spelling(rng, base, url):
    """One of the ways in which a page at `base` may write `url`: all mean the same after normalisation."""
    parts = urllib.parse.urlsplit(url)
    host, _, port = parts.netloc.partition(":")
    rest = parts.path + ("?" + parts.query if parts.query else "")
    ways = [
        url,
        url + "#part-%d" % rng.randrange(9),
        f"HTTP://{host.upper()}:{port}{rest}",
        f"http://{host}:0{port}{rest}#",
        f"//{host}:{port}/x/..{rest}",
        f"  {url}\n",
        url.replace("/", "\\", 3) if "?" not in url else url,
    ]
    if urllib.parse.urlsplit(base).netloc == parts.netloc:
        depth = urllib.parse.urlsplit(base).path.count("/") - 1
        ways += [rest, rest + "#top", "../" * depth + rest.lstrip("/"), "./" + "../" * depth + "." + rest]
    return rng.choice(ways)


class graph:
    """Nodes by normalised URL. `seeds`, `hosts` (name:port) and `delays` (Crawl-delay by host) go with them."""

    def __init__(self, form):
        self.shape = form
        self.rng = random.Random(form.seed)
        self.hosts = [f"h{k}.test:{form.port}" for k in range(form.hosts)]
        self.delays = {self.hosts[-1]: form.crawl_delay} if form.crawl_delay else {}
        self.nodes = {}
        self.carriers = []  # pages that are fetched for sure, so that what they link is found
        self.count = 0
        self._grow()

    # -- making ---------------------------------------------------------------------------------------------------------

    def _url(self, host, folder="d"):
        self.count += 1
        tail = f"p{self.count}.html" if self.count % 7 else f"q?id={self.count}&x=%C3%A9"
        return f"http://{host}/{folder}{self.count % 5}/{tail}"

    def _add(self, host, folder="d", **what):
        made = node(self._url(host, folder), **what)
        if made.content_type.startswith("text/html"):
            made.title = f"page {self.count} of graph {self.shape.seed}"
        made.latency = self.rng.choice((0, 0, 0, 0.002, 0.005, 0.03))
        self.nodes[made.url] = made
        return made

    def _link(self, target, source=None):
        """Makes a page name `target`; without `source` one that is fetched for sure."""
        source = source or self.rng.choice(self.carriers)
        url = target.url if isinstance(target, node) else target
        source.links.setdefault(url, spelling(self.rng, source.url, url))
        if isinstance(target, node):
            target.linked = True

    def _any_host(self):
        return self.rng.choice(self.hosts[:-1] if self.delays else self.hosts)

    def _grow(self):
        self.seeds = []
        for host in self.hosts:
            root = node(f"http://{host}/", title=f"root of {host}", linked=True)
            self.nodes[root.url] = root
            self.seeds.append(root.url)
            self.carriers.append(root)
        if self.delays:
            slow_root = self.carriers.pop()
            for _ in range(self.shape.slow_pages):
                self._link(self._add(self.hosts[-1]), slow_root)
        for _ in range(self.shape.pages):
            page = self._add(self._any_host(), padding=BIG_BODY if self.rng.random() < 0.005 else self.rng.randrange(2000))
            # Mostly from a recent page: a frontier that is neither all there at once nor a single file.
            self._link(page, self.carriers[max(0, len(self.carriers) - 1 - int(self.rng.expovariate(0.1)))])
            self.carriers.append(page)
        for _ in range(max(1, self.shape.pages // 60)):
            for gadget in (self._failures, self._redirects, self._chains, self._loops, self._kept_out):
                gadget()
        for _ in range(self.shape.holds):
            self._link(self._add(self._any_host(), first=BUSY))
        self._knot()

    def _failures(self):
        for what in ({"status": MISSING}, {"status": GONE}, {"status": FORBIDDEN}, {"status": BROKEN}, {"status": 0}, {"cut": True, "padding": 4000}, {"first": BROKEN}, {"first": 0}):
            made = self._add(self._any_host(), **what)
            self._link(made)
            self._link(made)
        self._link(self._add(self._any_host(), content_type="image/png"))

    def _redirect(self, to, host=None, linked=True):
        made = self._add(host or self._any_host(), status=self.rng.choice((301, 302, 303, 307, 308)), to=to if isinstance(to, str) else to.url)
        made.location = spelling(self.rng, made.url, made.to).split("#")[0].strip()
        if linked:
            self._link(made)
        return made

    def _redirects(self):
        carrier = self.rng.choice(self.carriers)
        hidden = self._add(self._any_host())
        self._redirect(hidden)              # a page that only a redirect leads to; its links count
        self._link(self._add(self._any_host()), hidden)
        self._redirect(carrier)             # a page that is linked too
        twice = self._add(self._any_host())
        self._redirect(twice)               # two ways to one page: its content comes once
        self._redirect(twice)
        gone = self._add(self._any_host(), status=MISSING)
        self._redirect(gone)
        dead = self._add(self._any_host(), status=0)
        self._redirect(dead)
        odd = self._add(self._any_host(), status=302)  # no Location: an answer like any other
        self._link(odd)

    def _chains(self):
        for linked in (False, True):
            end = self._add(self._any_host())
            for _ in range(self.rng.randrange(2, 5)):
                end = self._redirect(end, linked=linked)
            if not linked:
                self._link(end)
        end = self._add(self._any_host())
        for _ in range(MAX_REDIRECTS + 2):  # too long from its beginning
            end = self._redirect(end, linked=False)
        self._link(end)

    def _loops(self):
        itself = self._redirect("")
        itself.to = itself.location = itself.url
        for both in (False, True):
            a = self._redirect("")
            b = self._redirect(a, linked=both)
            a.to = a.location = b.url

    def _kept_out(self):
        forbidden = self._add(self._any_host(), folder="private/d", disallowed=True)
        self._link(forbidden)
        self._redirect(forbidden)
        self._redirect(self._add(self._any_host(), folder="private/d", disallowed=True))
        outside = f"http://{OUTSIDE}:{self.shape.port}/x{self.count}.html"
        self._link(outside)
        self._redirect(outside)
        self._link(self._add(self._any_host(), folder="quiet/d", quiet=True))

    def _knot(self):
        """Links between what is there already: each URL is found many times."""
        pages = [n for n in self.nodes.values() if n.linked]
        for source in self.carriers:
            for target in self.rng.sample(pages, min(len(pages), 4)):
                self._link(target, source)

    # -- asking ---------------------------------------------------------------------------------------------------------

    def robots(self, host):
        lines = ["User-agent: other", "Disallow: /", "", f"User-agent: {AGENT}", "Disallow: /private/", "Allow: /"]
        if host in self.delays:
            lines.append(f"Crawl-delay: {self.delays[host]:g}")
        return "\n".join(lines) + "\n"

    def in_scope(self, url):
        return urllib.parse.urlsplit(url).netloc in self.hosts

    def walk(self, url):
        """From `url` along its redirects: [(url, status), …] of the hops, the URL where it ends, and why: content or an error code."""
        hops, here, seen = [], url, [url]
        while True:
            if not self.in_scope(here):
                return hops, here, "http.redirect_out_of_scope"
            at = self.nodes[here]
            if at.disallowed:
                return hops, here, "robots.disallowed"
            if at.status == 0:
                return hops, here, "connect.reset"
            if at.cut:
                return hops, here, "body.truncated"
            if at.to is None:
                return hops, here, "content"
            # The crawler's own rule: the same address a third time is a loop.
            hops.append((here, at.status))
            if len(hops) > MAX_REDIRECTS or seen.count(at.to) >= 2:
                return hops, at.to, "http.too_many_redirects"
            here = at.to
            seen.append(here)

    def job(self, delay="0s", concurrency=64, per_host=8):
        """The job file's contents for a crawl of all of it."""
        names = [h.split(":")[0] for h in self.hosts] + [OUTSIDE]
        return {
            "name": f"truth-{self.shape.seed}",
            "seeds": self.seeds,
            "politeness": {"delay": delay, "per_host": per_host, "adaptive": False, "user_agent": f"{AGENT}/1.0"},
            "fetch": {"concurrency": concurrency, "backoff": {"initial": "50ms", "max": "200ms"}, "resolve": {name: "127.0.0.1" for name in names}},
            "extract": {"links": True},
            "rules": [{"match": "*/quiet/*", "output": False}],
        }
