// Talks to the server: requests, and streams of events. The token is kept for this tab only.

import { follow, headers } from "./stream.js";

const LONGEST_MILLIS = 15_000;
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

/** The error that the server reported: `problem` is its application/problem+json. */
export class Problem extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || `The server answered ${status}.`);
    this.status = status;
    this.problem = problem;
  }
}

function refused(status, token) {
  if (status === 401 && token === currentToken()) { // else another one was entered while this was under way
    onTokenNeeded(hasToken());
  }
}

/** An error that is not the server's own, such as a proxy's, has no readable text. */
function problemIn(text) {
  try {
    return JSON.parse(text);
  } catch (e) {
    return {};
  }
}

/** Nothing is known of a change whose answer did not come. */
function noAnswer(method, failure) {
  const what = failure.name === "TimeoutError" ? `The server did not answer within ${LONGEST_MILLIS / 1000} s.` : "The server cannot be reached.";
  return new Problem(0, { detail: method === "GET" ? what : `${what} It may have done what was asked all the same: look before you try again.` });
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
  let text;
  try {
    response = await fetch(`/api/v1/${path}`, {
      method,
      headers: headers(more, token),
      body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
      cache: "no-store",
      signal: AbortSignal.timeout(LONGEST_MILLIS),
    });
    text = await response.text();
  } catch (e) {
    throw noAnswer(method, e);
  }
  if (!response.ok) {
    refused(response.status, token);
    throw new Problem(response.status, problemIn(text));
  }
  return response.status === 204 ? null : JSON.parse(text, exact);
}

export const get = path => call("GET", path);

let shared = null; // the worker that reads streams for all tabs; false where there is none
let lastId = 0;
const listening = new Map(); // the streams of this tab by their number in it: {hear, alone}

function worker() {
  if (shared === null) {
    try {
      const started = new SharedWorker("/console/shared.js", { type: "module", name: "turnout" });
      started.onerror = withoutWorker;
      shared = started.port;
      shared.onmessage = ({ data }) => listening.get(data.id)?.hear(data);
      addEventListener("pagehide", () => shared && listening.forEach((_, id) => shared.postMessage({ id })));
      addEventListener("pageshow", event => event.persisted && location.reload()); // its streams have ended
    } catch (e) {
      shared = false;
    }
  }
  return shared;
}

function withoutWorker() {
  if (shared) {
    shared = false;
    listening.forEach(one => one.alone());
  }
}

/** Reads a stream of events until the returned function is called. */
export function listen(path, onEvent, onState = () => {}) {
  const token = currentToken();
  const hearers = { onEvent, onState, onRefused: status => refused(status, token) };
  const id = ++lastId;
  let stop = null;
  const alone = () => { stop = follow(path, token, hearers); };
  const hear = ({ event, data, state, refused: status }) => {
    if (event) {
      onEvent(event, data);
    } else if (status) {
      hearers.onRefused(status);
    } else {
      onState(state);
    }
  };
  listening.set(id, { hear, alone });
  const port = worker();
  if (port) {
    port.postMessage({ id, path, token });
  } else {
    alone();
  }
  return () => {
    listening.delete(id);
    if (stop) {
      stop();
    } else if (shared) {
      shared.postMessage({ id });
    }
  };
}
