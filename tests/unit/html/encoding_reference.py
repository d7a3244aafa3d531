#!/usr/bin/env python3
"""The decoders of the Encoding Standard, slowly and by its letter, and what the C++ side takes from the standard's data.

usage: encoding_reference.py INDEXES.json single|ranges|sums

INDEXES.json is the standard's own file (encoding.spec.whatwg.org/indexes.json): each index a list of code points or null, "gb18030-ranges"
a list of pairs. `single` prints crawler/html/charset/single_byte_table.cpp, `ranges` the rows of gb18030_ranges in
crawler/html/charset/pair_tables.cpp, `sums` the rows of encoding_sums_test.cpp.
"""
import json
import sys

END = None
ERROR = 0xFFFD


class decoder:
    """4.1: handles one byte, or END; returns code points, None to go on, "finished", or ERROR; `restore` gives bytes back."""

    def __init__(self, indexes, name):
        self.indexes, self.name, self.queue = indexes, name, []

    def restore(self, *items):
        self.queue = list(items) + self.queue

    def index(self, name, pointer):
        table = self.indexes[name]
        return table[pointer] if pointer is not None and pointer < len(table) else None

    def decode(self, data):
        self.queue, out = [], []
        at = 0
        while True:
            if self.queue:
                item = self.queue.pop(0)
            elif at < len(data):
                item = data[at]
                at += 1
            else:
                item = END
            result = self.handle(item)
            if result == "finished":
                return "".join(map(chr, out))
            if result is not None:
                out += result if isinstance(result, list) else [result]


def ascii_byte(byte):
    return byte is not END and byte <= 0x7F


class single_byte(decoder):  # 9.1
    def handle(self, byte):
        if byte is END:
            return "finished"
        if byte <= 0x7F:
            return byte
        return self.index(self.name, byte - 0x80) or ERROR


class gb18030(decoder):  # 10.2.1; gbk's decoder is gb18030's (10.1.1)
    first = second = third = 0

    def ranges(self, pointer):
        if 39419 < pointer < 189000 or pointer > 1237575:
            return None
        if pointer == 7457:
            return 0xE7C7
        offset, code = [row for row in self.indexes["gb18030-ranges"] if row[0] <= pointer][-1]
        return code + pointer - offset

    def handle(self, byte):
        if byte is END:
            if not (self.first or self.second or self.third):
                return "finished"
            self.first = self.second = self.third = 0
            self.restore(END)
            return ERROR
        if self.third:
            first, second, third = self.first, self.second, self.third
            self.first = self.second = self.third = 0
            if not 0x30 <= byte <= 0x39:
                self.restore(second, third, byte)
                return ERROR
            return self.ranges((first - 0x81) * 12600 + (second - 0x30) * 1260 + (third - 0x81) * 10 + byte - 0x30) or ERROR
        if self.second:
            if 0x81 <= byte <= 0xFE:
                self.third = byte
                return None
            self.restore(self.second, byte)
            self.first = self.second = 0
            return ERROR
        if self.first:
            if 0x30 <= byte <= 0x39:
                self.second = byte
                return None
            lead, self.first, pointer = self.first, 0, None
            if 0x40 <= byte <= 0x7E or 0x80 <= byte <= 0xFE:
                pointer = (lead - 0x81) * 190 + byte - (0x40 if byte < 0x7F else 0x41)
            code = self.index("gb18030", pointer)
            if code:
                return code
            if byte <= 0x7F:
                self.restore(byte)
            return ERROR
        if byte <= 0x7F:
            return byte
        if byte == 0x80:
            return 0x20AC
        if 0x81 <= byte <= 0xFE:
            self.first = byte
            return None
        return ERROR


class two_bytes(decoder):
    """What Big5, EUC-JP, Shift_JIS and EUC-KR share: a lead, and an ASCII byte that is no trail given back."""
    lead = 0

    def handle(self, byte):
        if byte is END:
            if not self.lead:
                return "finished"
            self.lead = 0
            self.restore(END)
            return ERROR
        if not self.lead:
            return self.alone(byte)
        lead, self.lead = self.lead, 0
        code = self.pair(lead, byte)
        if code != ERROR:
            return code
        if byte <= 0x7F:
            self.restore(byte)
        return ERROR

    def alone(self, byte):
        if byte <= 0x7F:
            return byte
        if 0x81 <= byte <= 0xFE:
            self.lead = byte
            return None
        return ERROR


class big5(two_bytes):  # 11.1.1
    def pair(self, lead, byte):
        if not (0x40 <= byte <= 0x7E or 0xA1 <= byte <= 0xFE):
            return ERROR
        pointer = (lead - 0x81) * 157 + byte - (0x40 if byte < 0x7F else 0x62)
        twice = {1133: [0xCA, 0x304], 1135: [0xCA, 0x30C], 1164: [0xEA, 0x304], 1166: [0xEA, 0x30C]}
        return twice.get(pointer) or self.index("big5", pointer) or ERROR


class euc_kr(two_bytes):  # 13.1.1
    def pair(self, lead, byte):
        return 0x41 <= byte <= 0xFE and self.index("euc-kr", (lead - 0x81) * 190 + byte - 0x41) or ERROR


class euc_jp(two_bytes):  # 12.1.1
    jis0212 = False

    def alone(self, byte):
        if byte <= 0x7F:
            return byte
        if byte in (0x8E, 0x8F) or 0xA1 <= byte <= 0xFE:
            self.lead = byte
            return None
        return ERROR

    def pair(self, lead, byte):
        if lead == 0x8E and 0xA1 <= byte <= 0xDF:
            return 0xFF61 - 0xA1 + byte
        if lead == 0x8F and 0xA1 <= byte <= 0xFE:
            self.jis0212, self.lead = True, byte
            return None
        index, self.jis0212 = "jis0212" if self.jis0212 else "jis0208", False
        both = 0xA1 <= lead <= 0xFE and 0xA1 <= byte <= 0xFE
        return both and self.index(index, (lead - 0xA1) * 94 + byte - 0xA1) or ERROR


class shift_jis(two_bytes):  # 12.3.1
    def alone(self, byte):
        if byte <= 0x80:
            return byte
        if 0xA1 <= byte <= 0xDF:
            return 0xFF61 - 0xA1 + byte
        if 0x81 <= byte <= 0x9F or 0xE0 <= byte <= 0xFC:
            self.lead = byte
            return None
        return ERROR

    def pair(self, lead, byte):
        if not (0x40 <= byte <= 0x7E or 0x80 <= byte <= 0xFC):
            return ERROR
        pointer = (lead - (0x81 if lead < 0xA0 else 0xC1)) * 188 + byte - (0x40 if byte < 0x7F else 0x41)
        return 0xE000 - 8836 + pointer if 8836 <= pointer <= 10715 else self.index("jis0208", pointer) or ERROR


class iso_2022_jp(decoder):  # 12.2.1
    state = output_state = "ascii"
    lead, output = 0, False

    def text(self, byte):
        if byte == 0x1B:
            self.state = "escape start"
            return None
        if byte is END:
            return "finished"
        self.output = False
        if self.state == "katakana":
            return 0xFF61 - 0x21 + byte if 0x21 <= byte <= 0x5F else ERROR
        if byte > 0x7F or byte in (0x0E, 0x0F):
            return ERROR
        return {0x5C: 0xA5, 0x7E: 0x203E}.get(byte, byte) if self.state == "roman" else byte

    def handle(self, byte):
        if self.state in ("ascii", "roman", "katakana"):
            return self.text(byte)
        if self.state == "lead byte":
            if byte == 0x1B:
                self.state = "escape start"
                return None
            if byte is END:
                return "finished"
            self.output = False
            if not 0x21 <= byte <= 0x7E:
                return ERROR
            self.lead, self.state = byte, "trail byte"
            return None
        if self.state == "trail byte":
            if byte == 0x1B:
                self.state = "escape start"
                return ERROR
            self.state = "lead byte"
            if byte is END:
                self.restore(END)
                return ERROR
            return 0x21 <= byte <= 0x7E and self.index("jis0208", (self.lead - 0x21) * 94 + byte - 0x21) or ERROR
        if self.state == "escape start":
            if byte in (0x24, 0x28):
                self.lead, self.state = byte, "escape"
                return None
            self.restore(byte)
        else:
            lead, self.lead = self.lead, 0
            state = {(0x28, 0x42): "ascii", (0x28, 0x4A): "roman", (0x28, 0x49): "katakana", (0x24, 0x40): "lead byte", (0x24, 0x42): "lead byte"}.get((lead, byte))
            if state:
                self.state = self.output_state = state
                output, self.output = self.output, True
                return ERROR if output else None
            self.restore(lead, byte)
        self.output, self.state = False, self.output_state
        return ERROR


class utf_16(decoder):  # 14.2.1
    lead_byte = lead_surrogate = None

    def handle(self, byte):
        if byte is END:
            if self.lead_byte is None and self.lead_surrogate is None:
                return "finished"
            self.lead_byte = self.lead_surrogate = None
            self.restore(END)
            return ERROR
        if self.lead_byte is None:
            self.lead_byte = byte
            return None
        pair = (self.lead_byte, byte)
        unit, self.lead_byte = pair[0] << 8 | pair[1] if self.name == "utf-16be" else pair[1] << 8 | pair[0], None
        if self.lead_surrogate is not None:
            lead, self.lead_surrogate = self.lead_surrogate, None
            if 0xDC00 <= unit <= 0xDFFF:
                return 0x10000 + ((lead - 0xD800) << 10) + unit - 0xDC00
            self.restore(*pair)
            return ERROR
        if 0xD800 <= unit <= 0xDBFF:
            self.lead_surrogate = unit
            return None
        return ERROR if 0xDC00 <= unit <= 0xDFFF else unit


class x_user_defined(decoder):  # 14.5.1
    def handle(self, byte):
        return "finished" if byte is END else byte if byte <= 0x7F else 0xF780 + byte - 0x80


MULTI = {"gbk": gb18030, "gb18030": gb18030, "big5": big5, "euc-jp": euc_jp, "iso-2022-jp": iso_2022_jp, "shift_jis": shift_jis, "euc-kr": euc_kr,
         "utf-16be": utf_16, "utf-16le": utf_16, "x-user-defined": x_user_defined}
SINGLE = ("ibm866 iso-8859-2 iso-8859-3 iso-8859-4 iso-8859-5 iso-8859-6 iso-8859-7 iso-8859-8 iso-8859-8-i iso-8859-10 iso-8859-13 iso-8859-14 iso-8859-15 "
          "iso-8859-16 koi8-r koi8-u macintosh windows-874 windows-1250 windows-1251 windows-1252 windows-1253 windows-1254 windows-1255 windows-1256 "
          "windows-1257 windows-1258 x-mac-cyrillic").split()


def decode(indexes, name, data):
    return MULTI.get(name, single_byte)(indexes, name).decode(data)


def every_pair():
    """Each byte, then each two bytes and a line feed."""
    return bytes(range(256)) + b"".join(bytes((a, b, 10)) for a in range(256) for b in range(256))


def every_sequence(name):
    """The input of the exhaustive sums."""
    if name == "euc-jp":
        return every_pair() + b"".join(bytes((0x8F, a, b, 10)) for a in range(256) for b in range(256))
    if name in ("gbk", "gb18030"):
        whole = range(0x81, 0xFF)
        fours = [(p // 12600, p // 1260 % 10, p // 10 % 126, p % 10) for p in [*range(39500), *range(39500, 126 * 12600, 487)]]
        assert len(whole) == 126
        return every_pair() + b"".join(bytes((0x81 + a, 0x30 + b, 0x81 + c, 0x30 + d, 10)) for a, b, c, d in fours)
    if name == "iso-2022-jp":
        escapes = [b"\x1b(B", b"\x1b(J", b"\x1b(I", b"\x1b$@", b"\x1b$B"]
        return b"".join(escape + every_pair() for escape in escapes)
    return every_pair()


ODD = bytes.fromhex("1b 24 42 40 28 4a 49 42 30 39 81 fe 8e 8f a0 a1 80 ff 7f 41 fc e0 df 0a 88 62 dc d8 c9 fd 3c 0e")


def noise():
    """32,768 bytes of a linear congruential generator: half from ODD, half any."""
    state, out = 1, bytearray()
    for _ in range(32768):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        byte = state >> 56
        out.append(ODD[byte % len(ODD)] if state >> 55 & 1 else byte)
    return bytes(out)


def fnv1a(text):
    total = 0xCBF29CE484222325
    for byte in text.encode():
        total = (total ^ byte) * 0x100000001B3 % 2**64
    return total


def name_of(encoding):
    return encoding.replace("-", "_")


def print_single(indexes):
    print('// The single-byte indexes of the Encoding Standard (9): bytes 0x80 to 0xFF, 16 a line, U+FFFD where there is none.\n'
          '// Written by tests/unit/html/encoding_reference.py from the standard\'s indexes.json.\n'
          '#include "crawler/html/charset/single_byte.hpp"\n\nnamespace trawl::html {\n\n'
          "extern const single_byte_index single_byte_indexes[] = {")
    names = [name for name in SINGLE if name != "iso-8859-8-i"]  # 9: it shares the index of iso-8859-8
    for name in names:
        codes = [f"0x{code or ERROR:04X}" for code in indexes[name]]
        print(f'    {{"{name}", {{{{')
        print("\n".join("         " + ", ".join(codes[at:at + 16]) + ("," if at < 112 else "}}},") for at in range(0, 128, 16)))
    print(f"}};\nextern const std::size_t single_byte_index_count = {len(names)};\n\n}}  // namespace trawl::html")


def print_ranges(indexes):
    rows = [f"{{{pointer}, 0x{code:04X}}}" for pointer, code in indexes["gb18030-ranges"]]
    print("\n".join("    " + ", ".join(rows[at:at + 9]) + "," for at in range(0, len(rows), 9)))


def print_sums(indexes):
    for name in [*SINGLE, *MULTI]:
        sums = [fnv1a(decode(indexes, name, data)) for data in (every_sequence(name), noise())]
        print(f'    {{"{name}", 0x{sums[0]:016X}, 0x{sums[1]:016X}}},')


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        indexes = json.load(file)
    indexes["iso-8859-8-i"] = indexes["iso-8859-8"]
    {"single": print_single, "ranges": print_ranges, "sums": print_sums}[sys.argv[2]](indexes)


if __name__ == "__main__":
    main()
