// Where in a job's text a problem is: by the line that the message names, or by following the path's keys down the text.

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

function line_at(text, line, column) {
  let from = 0;
  for (let n = 1; n < line; ++n) {
    const end = text.indexOf("\n", from);
    if (end < 0) return null;
    from = end + 1;
  }
  const end = text.indexOf("\n", from);
  const last = end < 0 ? text.length : end;
  return { from: Math.min(from + column - 1, last), to: last };
}

/// {from, to} in `text`, or null where it can't be told. `problem`: {path, message} of a problem document.
export function place_of(text, { path, message }) {
  const told = /^line (\d+), column (\d+)/.exec(message);
  if (told) return line_at(text, Number(told[1]), Number(told[2]));
  const byte = /at byte (\d+)/.exec(message);
  if (byte) {
    const before = new TextDecoder().decode(new TextEncoder().encode(text).slice(0, Math.max(0, Number(byte[1]) - 1)));
    return { from: Math.min(before.length, Math.max(0, text.length - 1)), to: Math.min(before.length + 1, text.length) };
  }
  let from = 0, found = null;
  for (const key of path.split(/[.[\]]+/).filter((part) => part && !/^\d+$/.test(part))) {
    const match = new RegExp(`(^|[\\s{,"'])(${escaped(key)})["']?\\s*:`, "m").exec(text.slice(from));
    if (!match) break;
    const start = from + match.index + match[1].length;
    found = { from: start, to: start + key.length };
    from = found.to;
  }
  return found;
}
