package dev.turnout.flags.http.server;

/** The only place that writes server-sent events, so no value can end its frame early. */
final class Sse {
    static final String TYPE = "text/event-stream";

    /** A comment; keeps the connection alive, and shows a reader that the writer is there. */
    static final String HEARTBEAT = ":\n\n";

    private Sse() {}

    /** One event without an id. */
    static String event(String name, String data) {
        StringBuilder frame = new StringBuilder(data.length() + 32);
        frame.append("event: ").append(oneLine(name)).append('\n');
        // CR, LF and CRLF all end a line of the format, so data of several lines becomes several lines of data.
        for (String line : data.split("\r\n|\r|\n", -1)) {
            frame.append("data: ").append(line).append('\n');
        }
        return frame.append('\n').toString();
    }

    /** One event with an id. */
    static String event(String id, String name, String data) {
        return "id: " + oneLine(id) + "\n" + event(name, data);
    }

    private static String oneLine(String text) {
        if (text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0) {
            throw new IllegalArgumentException("The name and the id of an event must be one line.");
        }
        return text;
    }
}
