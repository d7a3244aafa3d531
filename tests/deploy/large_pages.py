#!/usr/bin/env python3
"""A site whose every page is text of 16 MiB, sent without keeping it. usage: large_pages.py ADDRESS PORT"""
import http.server
import sys

PIECE = b"<p>" + b"word " * 13106 + b"</p>"
PIECES = 255  # just below 16 MiB, the default of fetch.max_body


class page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        found = self.path != "/robots.txt"
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PIECE) * PIECES if found else 0))
        self.end_headers()
        for _ in range(PIECES if found else 0):
            self.wfile.write(PIECE)

    def log_message(self, *_):
        pass


class site(http.server.ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


site((sys.argv[1], int(sys.argv[2])), page).serve_forever()
