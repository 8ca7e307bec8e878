package dev.turnout.flags.http.server;

import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.ChangeId;
import dev.turnout.flags.store.SnapshotId;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

/** What all requests that change something have in common: a bounded body, a reason, and what they were made from. */
final class Requests {
    /** The largest body, in bytes. */
    static final int LARGEST_BODY = 256 << 10;

    private static final String NOBODY_IN_PARTICULAR = "console";

    private Requests() {}

    static Fields body(Context ctx) {
        try {
            byte[] body = ctx.req().getInputStream().readNBytes(LARGEST_BODY + 1);
            if (body.length > LARGEST_BODY) {
                throw Problem.tooLarge(LARGEST_BODY);
            }
            return Fields.of(Json.readBody(body), "");
        } catch (IOException e) {
            throw e.getCause() instanceof TimeoutException
                    ? Problem.tooSlow()
                    : Problem.badRequest("The body ended early.");
        }
    }

    /** Who wants a change, and why. */
    record Wish(String by, String reason) {
        Change change() {
            return Change.by(by, reason);
        }
    }

    static Wish wish(Context ctx, Fields body) {
        Optional<String> said = body.optionalText("by");
        String reason = body.text("reason");
        // A token vouches for its own name only; another name, for which its user acts, is noted beside it.
        String by = AccessControl.caller(ctx)
                .map(token -> said.filter(name -> !name.equals(token))
                        .map(name -> abbreviated(name) + " (token " + token + ")")
                        .orElse(token))
                .or(() -> said)
                .orElse(NOBODY_IN_PARTICULAR);
        return new Wish(by, reason);
    }

    private static String abbreviated(String name) {
        return name.length() <= 200 ? name : name.substring(0, 200);
    }

    /** Of an entry, by its last change. */
    static String etag(ChangeId id) {
        return "\"" + id + "\"";
    }

    /** Of all of them. */
    static String etag(SnapshotId id) {
        return "\"" + id + "\"";
    }

    /** The last change of what the caller's change was made from, {@link Change#ABSENT} to create. */
    static ChangeId expected(Context ctx) {
        String ifNoneMatch = ctx.header("If-None-Match");
        String ifMatch = ctx.header("If-Match");
        if (ifMatch == null && "*".equals(ifNoneMatch)) {
            return Change.ABSENT;
        }
        if (ifMatch == null) {
            throw Problem.preconditionNeeded();
        }
        boolean isQuoted = ifMatch.length() > 1 && ifMatch.startsWith("\"") && ifMatch.endsWith("\"");
        try {
            return ChangeId.of(isQuoted ? ifMatch.substring(1, ifMatch.length() - 1) : "");
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(
                    "'If-Match' must be the ETag of the entry as this server gave it, such as \"7-1c2f\" with its quotes.");
        }
    }
}
