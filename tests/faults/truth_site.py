#!/usr/bin/env python3
"""Serves a graph (graph.py) on 127.0.0.1 until SIGTERM, and logs each request.

usage: truth_site.py --log FILE --port-file FILE [--shape JSON]

A line of the log: CLOCK_MONOTONIC in nanoseconds when the request was there, by how much this busy machine lately woke the site too late
(nanoseconds), host, target, status answered (0: closed). Several names lead here; the Host header tells which is meant. What a page answers once only it answers once
for all, also over restarts of the crawler.
"""
import argparse
import asyncio
import html
import json
import os
import random
import signal
import time

import graph

PHRASES = {200: "OK", 301: "Moved Permanently", 302: "Found", 303: "See Other", 307: "Temporary Redirect", 308: "Permanent Redirect", 403: "Forbidden",
           404: "Not Found", 410: "Gone", 500: "Internal Server Error", 503: "Service Unavailable"}
TICK, LATELY = 2_000_000, 100_000_000  # nanoseconds: how often the site looks whether it is late, and for how long it remembers
RETRY_AFTER = 1  # seconds, of a first answer 503


def response(status, body, content_type="text/html; charset=utf-8", fields=(), length=None):
    head = [f"HTTP/1.1 {status} {PHRASES[status]}", f"Content-Type: {content_type}", f"Content-Length: {len(body) if length is None else length}", *fields]
    return ("\r\n".join(head) + "\r\n\r\n").encode() + body


def prose(rng, size):
    """Words that no other page has in this order: pages of one site that are alike are a trap to a crawler."""
    return " ".join(f"{rng.getrandbits(30):x}" for _ in range(20 + min(size, 4000) // 8)) + " filler" * (max(0, size - 4000) // 7)


def page_body(at):
    rng = random.Random(at.url)
    links = "\n".join(f'<p><a href="{html.escape(text)}">{prose(rng, 0)[:20]}</a></p>' for text in at.links.values())
    return f"<!DOCTYPE html>\n<html><head><title>{at.title}</title></head>\n<body>\n{links}\n<p>{prose(rng, at.padding)}</p>\n</body></html>\n".encode()


def later_answer(at):
    """Bytes, and whether the connection ends after them."""
    if at.status == 0:
        return b"", True
    body = b"\x89PNG\r\n\x1a\n" if at.content_type.startswith("image/") else page_body(at)
    if at.cut:
        return response(at.status, body[: len(body) // 2], at.content_type, length=len(body)), True
    fields = [f"Location: {at.location}"] if at.location is not None else []
    return response(at.status, body, at.content_type, fields), False


class site:
    """What all connections share: answers by URL, the log, how often each address was asked for."""

    def __init__(self, truth, log):
        self.truth = truth
        self.log = log
        self.asked = set()
        self.made = {}
        self.idle_since = self.late_since = time.monotonic_ns()  # when this process last had nothing to do; when `late` began
        self.late = self.late_before = 0
        self.not_found = response(404, b"no such page\n", "text/plain")

    def note_idle(self, loop):
        """Marks each turn of the loop: what comes within a turn may have waited since the turn before began."""
        now = time.monotonic_ns()
        self.late = max(self.late, now - self.idle_since - TICK)
        self.idle_since = now
        if now - self.late_since > LATELY:
            self.late_before, self.late, self.late_since = self.late, 0, now
        loop.call_later(TICK / 1e9, self.note_idle, loop)

    def lateness(self, now):
        """By how much this process has lately come too late, in nanoseconds: the crawler beside it will have been no better."""
        return max(0, self.late, self.late_before, now - self.idle_since - 2 * TICK)

    def answer(self, host, target):
        """(bytes, ends, seconds to wait), and a line in the log."""
        at = time.monotonic_ns()
        out, ends, wait, status = self._answer(host, target)
        self.log.write(f"{at} {self.lateness(at)} {host} {target} {status}\n")
        return out, ends, wait

    def _answer(self, host, target):
        if target == "/robots.txt":
            return response(200, self.truth.robots(host).encode(), "text/plain"), False, 0, 200
        url = f"http://{host}{target}"
        at = self.truth.nodes.get(url)
        if at is None:
            return self.not_found, False, 0, 404
        if at.first is not None and url not in self.asked:
            self.asked.add(url)
            if at.first == 0:
                return b"", True, at.latency, 0
            fields = [f"Retry-After: {RETRY_AFTER}"] if at.first == graph.BUSY else []
            return response(at.first, b"once\n", "text/plain", fields), False, at.latency, at.first
        if url not in self.made:
            self.made[url] = later_answer(at)
        return *self.made[url], at.latency, at.status


class connection(asyncio.Protocol):
    """One request after the other; a crawler does not pipeline."""

    def __init__(self, shared):
        self.shared = shared
        self.buffer = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head, self.buffer = self.buffer[:end].decode("latin-1"), self.buffer[end + 4:]
            target = head.split(" ", 2)[1]
            at = head.lower().find("\r\nhost:")
            host = head[at + 7:].split("\r\n", 1)[0].strip() if at >= 0 else ""
            out, ends, wait = self.shared.answer(host, target)
            if wait:
                asyncio.get_running_loop().call_later(wait, self.send, out, ends)
            else:
                self.send(out, ends)

    def send(self, out, ends):
        if out:
            self.transport.write(out)
        if ends:
            self.transport.close()


async def serve(options):
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, done.set_result, None)
    with open(options.log, "w", buffering=1) as log:
        shared = site(None, log)
        server = await loop.create_server(lambda: connection(shared), "127.0.0.1", 0, backlog=1024)
        port = server.sockets[0].getsockname()[1]
        shared.truth = graph.graph(graph.shape(**json.loads(options.shape) | {"port": port}))
        shared.note_idle(loop)
        with open(options.port_file + ".new", "w") as out:
            out.write(f"{port}\n")
        os.rename(options.port_file + ".new", options.port_file)
        await done
        server.close()


def main():
    parser = argparse.ArgumentParser(description="serves a generated site of known truth")
    parser.add_argument("--shape", default="{}", help="JSON of graph.shape's members")
    parser.add_argument("--log", required=True)
    parser.add_argument("--port-file", required=True)
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
