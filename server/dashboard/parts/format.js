// Numbers and times as people read them.

const whole = new Intl.NumberFormat("en");
const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

export const count = (n) => (n == null ? "–" : whole.format(n));

/// Pages a second: more digits the slower it is.
export function rate(n) {
  if (n == null) return "–";
  return n >= 100 ? whole.format(Math.round(n)) : n.toFixed(n >= 10 || n === 0 ? 1 : 2);
}

export function bytes(n) {
  if (n == null) return "–";
  let unit = 0;
  for (; n >= 1024 && unit < units.length - 1; ++unit) n /= 1024;
  return `${unit === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)} ${units[unit]}`;
}

export function duration(seconds) {
  if (seconds == null) return "–";
  if (seconds > 0 && seconds < 1) return seconds < 0.01 ? `${(1000 * seconds).toFixed(1)} ms` : `${Math.round(1000 * seconds)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

/// How long ago an RFC 3339 time was.
export function ago(time) {
  if (!time) return "–";
  const seconds = Math.max(0, (Date.now() - Date.parse(time)) / 1000);
  if (seconds > 0 && seconds < 1) return seconds < 0.01 ? `${(1000 * seconds).toFixed(1)} ms` : `${Math.round(1000 * seconds)} ms`;
  if (seconds < 10) return "just now";
  for (const [length, unit] of [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]])
    if (seconds >= length) return `${Math.floor(seconds / length)} ${unit} ago`;
  return "just now";
}

/// The same time in the reader's own zone, in full.
export const local = (time) => (time ? new Date(time).toLocaleString() : "");

export const percent = (part, of) => (of ? `${Math.floor((100 * part) / of)} %` : "–");

export const sum = (tallies) => Object.values(tallies ?? {}).reduce((total, n) => total + n, 0);
