// One stream of events of the server, read in a page or in the worker that pages share.

const wait = millis => new Promise(resolve => setTimeout(resolve, millis));

export function headers(more, token) {
  return token ? { ...more, Authorization: `Bearer ${token}` } : more;
}

/**
 * Reads a stream until the returned function is called, connecting again with growing, jittered pauses. Not an EventSource, as that cannot send
 * a token. `onRefused` gets the status of an answer that is no stream.
 */
export function follow(path, token, { onEvent, onState, onRefused }) {
  const abort = new AbortController();
  (async () => {
    for (let failures = 0; !abort.signal.aborted; failures++) {
      try {
        const response = await fetch(`/api/v1/${path}`, { headers: headers({}, token), signal: abort.signal, cache: "no-store" });
        if (response.ok) {
          onState(true);
          failures = 0;
          await readEvents(response.body.getReader(), onEvent);
        } else {
          onRefused(response.status);
        }
      } catch (e) {
        // The server has gone, or the stream was ended from here.
      }
      if (abort.signal.aborted) {
        return;
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
