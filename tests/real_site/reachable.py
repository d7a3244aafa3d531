"""Which URLs of a site a link-following crawler must find: computed with html5lib and plain HTTP, apart from trawl."""
import concurrent.futures
import http.client
import re

import html5lib

from whatwg_url import join, split

HTML_TYPES = ("text/html", "application/xhtml+xml")
LINK_RELS = {"next", "prev", "canonical"}
SOURCES = {"a": "href", "area": "href", "frame": "src", "iframe": "src"}


def fetch(url):
    """Status, content type, location and body of one GET."""
    _, authority, path, query = split(url)
    connection = http.client.HTTPConnection(authority, timeout=30)
    try:
        connection.request("GET", path + ("" if query is None else f"?{query}"))
        response = connection.getresponse()
        return response.status, response.getheader("Content-Type", ""), response.getheader("Location"), response.read()
    finally:
        connection.close()


def elements(node):
    """Every element in document order; what stands in a template is inert."""
    for child in node:
        if isinstance(child.tag, str):
            yield child
            if child.tag != "template":
                yield from elements(child)


def followed(element):
    """The element's reference to another page, or None."""
    tag, rel = element.tag, set(element.get("rel", "").lower().split())
    if tag in SOURCES:
        return None if rel & {"nofollow", "ugc", "sponsored"} and tag in ("a", "area") else element.get(SOURCES[tag])
    if tag == "link":
        pages = element.get("type", "text/html").strip().lower().split(";")[0] == "text/html"
        alternate = "alternate" in rel and "stylesheet" not in rel and pages
        return element.get("href") if rel & LINK_RELS or alternate else None
    if tag == "meta" and element.get("http-equiv", "").lower() == "refresh":
        match = re.match(r"\s*[\d.]+\s*[;,\s]\s*(?:url\s*=\s*)?(?:\"([^\"]*)|'([^']*)|(.+))", element.get("content", ""), re.I | re.S)
        return match and next(group for group in match.groups() if group is not None)
    return None


def links_of(url, content_type, body):
    """The absolute URLs that the page at `url` leads to."""
    charset = re.search(r"charset=\"?([^\s;\"]+)", content_type)
    tree = html5lib.parse(body, transport_encoding=charset[1] if charset else None, namespaceHTMLElements=False)
    everything = list(elements(tree))
    if any(e.tag == "meta" and e.get("name", "").lower() == "robots" and re.search(r"\b(nofollow|none)\b", e.get("content", "").lower()) for e in everything):
        return []
    base = next((e.get("href") for e in everything if e.tag == "base" and e.get("href") is not None), None)
    base = (join(url, base) if base is not None else None) or url
    return [join(base, reference) for reference in map(followed, everything) if reference is not None]


def visit(url):
    """(status, what the URL leads to) of one URL."""
    status, content_type, location, body = fetch(url)
    if status in (301, 302, 303, 307, 308) and location is not None:
        return status, [join(url, location)]
    if content_type.split(";")[0].strip().lower() not in HTML_TYPES:
        return status, []
    return status, links_of(url, content_type, body)


def reachable(seed, processes):
    """{url: status} of all URLs of the seed's host that can be reached from it, and {url: the page that first named it}."""
    authority = split(seed)[1]
    parents = {seed: None}
    statuses = {}
    with concurrent.futures.ProcessPoolExecutor(processes) as pool:
        level = [seed]
        while level:
            found = []
            for url, (status, targets) in zip(level, pool.map(visit, level, chunksize=4)):
                statuses[url] = status
                for target in targets:
                    if target is not None and split(target)[1] == authority and target not in parents:
                        parents[target] = url
                        found.append(target)
            level = found
    return statuses, parents


