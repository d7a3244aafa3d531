// Answers that are read as they come: NDJSON and Server-Sent Events. EventSource can't send a token, so the stream is read by fetch.
import { call } from "./api.js";

async function* lines(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += value ?? "";
      const whole = rest.split(/\r\n|\n/);
      rest = whole.pop();
      yield* whole;
      if (done) break;
    }
    if (rest) yield rest;
  } finally {
    reader.cancel().catch(() => {});
  }
}

/// The records of an answer, and whether it was cut at `most` characters: what stays open in a tab is bounded.
export async function records(answer, most = 8 << 20) {
  const out = [];
  let taken = 0;
  for await (const line of lines(answer)) {
    if (!line) continue;
    taken += line.length;
    if (taken > most && out.length > 0) return { records: out, is_cut: true };
    out.push(JSON.parse(line));
  }
  return { records: out, is_cut: false };
}

/// The events of a stream until it ends: {name, data, id}, as the HTML standard's section 9.2.6 reads them.
export async function* events(path, { last, signal }) {
  const headers = { Accept: "text/event-stream", ...(last ? { "Last-Event-ID": last } : {}) };
  let name = "message", data = [], id = last;
  for await (const line of lines(await call("GET", path, { headers, signal }))) {
    if (line === "") {
      if (data.length) yield { name, data: data.join("\n"), id };
      [name, data] = ["message", []];
      continue;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") name = value;
    else if (field === "data") data.push(value);
    else if (field === "id") id = value;
  }
}
