package dev.turnout.flags.http.server;

import dev.turnout.flags.store.TimeSource;
import io.javalin.http.Context;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts requests whose token is not known, by the address that they come from: after some within a minute that address
 * gets the answer to wait, and a line is logged. A caller with a valid token is admitted all the same, as behind a
 * proxy all come from one address. Thread-safe.
 */
final class WrongTokens {
    static final int MOST_A_MINUTE = 10;

    private static final Logger log = LoggerFactory.getLogger(WrongTokens.class);
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();
    private static final int MOST_ADDRESSES = 10_000;

    private final TimeSource time;
    // Both guarded by this.
    private final Map<String, Integer> counts = new HashMap<>();
    private long beganNanos;

    WrongTokens(TimeSource time) {
        this.time = time;
        beganNanos = time.nanoTime();
    }

    /** Counts one more. Throws the problem of too many. */
    void add(Context ctx) {
        String address = String.valueOf(ctx.req().getRemoteAddr());
        int count = count(address);
        if (count > MOST_A_MINUTE) {
            if (count == MOST_A_MINUTE + 1) {
                log.warn(
                        "More than {} requests from {} within a minute had no token, or one that is not known here. They are answered with 429 for the rest of"
                                + " the minute; requests with a known token are served.",
                        MOST_A_MINUTE,
                        address);
            }
            ctx.header("Retry-After", "60");
            throw Problem.plain(
                    429,
                    "too-many-wrong-tokens",
                    "Too many requests without a known token",
                    "The token is not known here, and this address has tried too often. Try again in a minute, with a token of this server.");
        }
    }

    private synchronized int count(String address) {
        long now = time.nanoTime();
        if (now - beganNanos >= MINUTE || counts.size() >= MOST_ADDRESSES) {
            counts.clear();
            beganNanos = now;
        }
        return counts.merge(address, 1, Integer::sum);
    }
}
