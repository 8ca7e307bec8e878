// Runs once for all tabs of a browser, which opens six connections to a server at most: each stream is read once here, whatever number of tabs
// shows it, so a click always finds a connection.

import { follow } from "./stream.js";

const MOST_TOLD_AGAIN = 180;
const topics = new Map(); // by path and token

/** The readers of one stream, and what a new reader needs of it: the first event since it is open, and the last ones. */
class Topic {
  constructor(path, token) {
    this.readers = new Set();
    this.told = [];
    this.state = null;
    this.stop = follow(path, token, {
      onEvent: (event, data) => {
        if (this.told.length > MOST_TOLD_AGAIN) {
          this.told.splice(1, 1);
        }
        this.told.push({ event, data });
        this.tell({ event, data });
      },
      onState: state => {
        this.told = state ? [] : this.told;
        this.state = state;
        this.tell({ state });
      },
      onRefused: refused => this.tell({ refused }),
    });
  }

  tell(message) {
    this.readers.forEach(reader => reader(message));
  }

  add(reader) {
    this.readers.add(reader);
    if (this.state !== null) {
      reader({ state: this.state });
    }
    this.told.forEach(reader);
  }
}

function listen(reader, { path, token }) {
  const key = JSON.stringify([path, token]);
  if (!topics.has(key)) {
    topics.set(key, new Topic(path, token));
  }
  const topic = topics.get(key);
  topic.add(reader);
  return () => {
    topic.readers.delete(reader);
    if (topic.readers.size === 0 && topics.get(key) === topic) {
      topic.stop();
      topics.delete(key);
    }
  };
}

/** A tab sends {id, path, token} to begin and {id} to end; it receives {id} with an event and its data, whether the stream is open, or a refusal. */
onconnect = ({ ports: [port] }) => {
  const stops = new Map();
  port.onmessage = ({ data }) => {
    if (data.path) {
      stops.set(data.id, listen(message => port.postMessage({ id: data.id, ...message }), data));
    } else {
      stops.get(data.id)?.();
      stops.delete(data.id);
    }
  };
};
