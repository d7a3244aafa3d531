"""http(s) URLs as the WHATWG URL Standard resolves and serialises them; written apart from trawl's, to judge it.

Only what the hosts of a documentation site need: names and IPv4 addresses in ASCII, no userinfo.
"""
import re

DEFAULT_PORTS = {"http": "80", "https": "443"}
C0 = set(range(0x20)) | set(range(0x7F, 0x100))
QUERY_SET = C0 | set(b' "#<>\'')  # special-query percent-encode set
PATH_SET = C0 | set(b' "#<>?^`{}')  # path percent-encode set
SINGLE_DOT = {".", "%2e"}
DOUBLE_DOT = {"..", ".%2e", "%2e.", "%2e%2e"}


def encode(text, encode_set):
    return "".join(f"%{byte:02X}" if byte in encode_set else chr(byte) for byte in text.encode("utf-8", "surrogatepass"))


def path_of(segments):
    """The path after its dot segments are gone; `segments` are what stood between the slashes."""
    out = []
    for at, segment in enumerate(segments):
        last = at == len(segments) - 1
        if segment.lower() in DOUBLE_DOT:
            out = out[:-1] + ([""] if last else [])
        elif segment.lower() in SINGLE_DOT:
            out += [""] if last else []
        else:
            out.append(encode(segment, PATH_SET))
    return "/" + "/".join(out)


def split(url):
    """A serialised URL's scheme, authority, path and query (None where absent)."""
    scheme, rest = url.split("://", 1)
    rest, mark, query = rest.partition("?")
    authority, _, path = rest.partition("/")
    return scheme, authority, "/" + path, query if mark else None


def authority_of(scheme, text):
    host, _, port = text.lower().partition(":")
    return host if not port or port.lstrip("0") == DEFAULT_PORTS[scheme] else f"{host}:{int(port)}"


def join(base, reference):
    """The absolute URL that `reference` means in a document at `base`, without its fragment; None where it is not http(s)."""
    reference = re.sub(r"[\t\n\r]", "", re.sub(r"^[\x00-\x20]+|[\x00-\x20]+$", "", reference)).partition("#")[0]
    scheme, authority, path, query = split(base)
    named = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", reference)
    if named:
        if named[1].lower() not in DEFAULT_PORTS:
            return None
        rest = reference[named.end():]
        if named[1].lower() != scheme or re.match(r"[/\\]", rest):
            scheme, reference = named[1].lower(), "//" + rest.lstrip("/\\")
        else:
            reference = rest
    target, mark, new_query = reference.partition("?")
    target = target.replace("\\", "/")
    if target.startswith("//"):
        host, _, rest = target.lstrip("/").partition("/") if named else target[2:].partition("/")
        authority, path = authority_of(scheme, host), path_of(rest.split("/"))
    elif target.startswith("/"):
        path = path_of(target[1:].split("/"))
    elif target:
        path = path_of(path[1:].split("/")[:-1] + target.split("/"))
    if mark or target:
        query = encode(new_query, QUERY_SET) if mark else None
    return f"{scheme}://{authority}{path}" + ("" if query is None else f"?{query}")
