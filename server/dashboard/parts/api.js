// Calls to the service's API: the token, problem documents, and whether the service can be reached at all.
import { askToken } from "./token_dialog.js";

const kept = "trawl-token";  // of sessionStorage: gone with the tab
const patience = 15_000;     // ms for the head of an answer
export const connection = new EventTarget();  // "lost", "found", "token"

/// What the service refused: `status`, `detail` in its words, `errors` of [{path, message}].
export class Problem extends Error {
  constructor(status, told) {
    super(told.detail || told.title || `the service answered ${status}`);
    Object.assign(this, { status, errors: told.errors ?? [] });
  }
}

/// No answer came.
export class Unreachable extends Error {}

export const token = () => sessionStorage.getItem(kept);
export function forgetToken() {
  sessionStorage.removeItem(kept);
  connection.dispatchEvent(new Event("token"));
}

let asking = null;  // one dialog however many calls were refused
function newToken(refused) {
  asking ??= askToken(refused !== null).then((given) => {
    sessionStorage.setItem(kept, given);
    connection.dispatchEvent(new Event("token"));
  }).finally(() => (asking = null));
  return asking;
}

async function once(method, path, { body, type, headers, signal } = {}) {
  const slow = new AbortController();
  const timer = setTimeout(() => slow.abort(), patience);
  const all = { ...headers };
  if (type) all["Content-Type"] = type;
  if (token()) all.Authorization = `Bearer ${token()}`;
  try {
    const answer = await fetch(path, { method, headers: all, body, signal: AbortSignal.any([slow.signal, ...(signal ? [signal] : [])]), cache: "no-store" });
    connection.dispatchEvent(new Event("found"));
    return answer;
  } catch (error) {
    if (signal?.aborted) throw error;
    connection.dispatchEvent(new Event("lost"));
    throw new Unreachable("the server can't be reached");
  } finally {
    clearTimeout(timer);
  }
}

/// The answer of a call that succeeded. Asks for the token where one is needed; throws Problem or Unreachable, or an AbortError when
/// `signal` ends it.
export async function call(method, path, options = {}) {
  for (;;) {
    const shown = token();
    const answer = await once(method, path, options);
    if (answer.status === 401) {
      if (token() === shown) await newToken(shown);
      if (options.signal?.aborted) throw options.signal.reason;
      continue;
    }
    if (answer.ok) return answer;
    throw new Problem(answer.status, await answer.json().catch(() => ({})));
  }
}

export const get = async (path, signal) => (await call("GET", path, { signal })).json();
export const job_path = (id, rest = "") => `/api/v1/jobs/${encodeURIComponent(id)}${rest}`;

/// A query string of what is set.
export function query(values) {
  const set = Object.entries(values).filter(([, value]) => value !== "" && value != null);
  return set.length ? `?${new URLSearchParams(set)}` : "";
}
