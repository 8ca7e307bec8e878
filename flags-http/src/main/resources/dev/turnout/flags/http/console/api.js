// Talks to the server: requests, and streams of events. The token is kept for this tab only.

const KEY = "turnout-token";
let onTokenNeeded = () => {};

export function setToken(token) {
  sessionStorage.setItem(KEY, token);
}

export function forgetToken() {
  sessionStorage.removeItem(KEY);
}

export function hasToken() {
  return currentToken() !== null;
}

/** Calls `ask` whenever the server wants a token, or another one. */
export function whenTokenNeeded(ask) {
  onTokenNeeded = ask;
}

const currentToken = () => sessionStorage.getItem(KEY);

function headers(more, token) {
  return token ? { ...more, Authorization: `Bearer ${token}` } : more;
}

/** What the server said was wrong: `problem` is its application/problem+json. */
export class Problem extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || `The server answered ${status}.`);
    this.status = status;
    this.problem = problem;
  }
}

async function problemOf(response, token) {
  const body = await response.json().catch(() => ({}));
  if (response.status === 401 && token === currentToken()) { // else another one was entered while this was under way
    onTokenNeeded(hasToken());
  }
  return new Problem(response.status, body);
}

/** Whole numbers that JavaScript would round become a BigInt: a flag's may be that large. */
function exact(key, value, context) {
  const rounded = typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? "");
  return rounded ? BigInt(context.source) : value;
}

/** One request, with a body that is text if it is JSON already. A change names the `id` of what it was made from; `null` for those that need none. */
export async function call(method, path, body, id) {
  const more = body === undefined ? {} : { "Content-Type": "application/json" };
  if (typeof id === "string") {
    more["If-Match"] = `"${id}"`;
  }
  const token = currentToken();
  let response;
  try {
    response = await fetch(`/api/v1/${path}`, {
      method,
      headers: headers(more, token),
      body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
      cache: "no-store",
    });
  } catch (e) {
    throw new Problem(0, { detail: "The server can't be reached. Nothing was saved." });
  }
  if (!response.ok) {
    throw await problemOf(response, token);
  }
  return response.status === 204 ? null : JSON.parse(await response.text(), exact);
}

export const get = path => call("GET", path);

const wait = millis => new Promise(resolve => setTimeout(resolve, millis));

/**
 * Reads a stream of events until the returned function is called, connecting again with growing, jittered pauses. Not an EventSource,
 * as that can't send a token.
 */
export function listen(path, onEvent, onState = () => {}) {
  const abort = new AbortController();
  (async () => {
    for (let failures = 0; !abort.signal.aborted; failures++) {
      try {
        const token = currentToken();
        const response = await fetch(`/api/v1/${path}`, { headers: headers({}, token), signal: abort.signal, cache: "no-store" });
        if (!response.ok) {
          throw await problemOf(response, token);
        }
        onState(true);
        failures = 0;
        await readEvents(response.body.getReader(), onEvent);
      } catch (e) {
        if (abort.signal.aborted) {
          return;
        }
      }
      onState(false);
      await wait(200 + Math.random() * Math.min(5000, 300 * 2 ** Math.min(failures, 6)));
    }
  })();
  return () => abort.abort();
}

async function readEvents(reader, onEvent) {
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) {
      return;
    }
    text += decoder.decode(value, { stream: true });
    const frames = text.split("\n\n");
    text = frames.pop();
    for (const frame of frames) {
      const lines = frame.split("\n");
      const data = lines.filter(line => line.startsWith("data: ")).map(line => line.slice(6)).join("\n");
      const name = lines.find(line => line.startsWith("event: "));
      if (name && data) {
        onEvent(name.slice(7), JSON.parse(data));
      }
    }
  }
}
