package dev.turnout.flags.http.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnout.flags.document.DocumentException;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.IllegalMoveException;
import dev.turnout.flags.stage.Stage;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/** An answer that describes what was wrong with the request: RFC 9457, {@code application/problem+json}. The types are stable. */
final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final transient ObjectNode body;

    private Problem(int status, String type, String title, String detail, Consumer<ObjectNode> more) {
        super(detail, null, false, false); // an answer, not a failure of ours: no stack is looked at
        this.status = status;
        body = Json.object()
                .put("type", "/problems/" + type)
                .put("title", title)
                .put("status", status)
                .put("detail", detail);
        more.accept(body);
    }

    int status() {
        return status;
    }

    String json() {
        return Json.write(body);
    }

    /** Something in the body, at a JSON pointer, is not what it has to be. */
    static Problem invalid(String pointer, String detail) {
        String where = pointer.isEmpty() ? "The body" : pointer;
        return new Problem(
                400,
                "invalid-document",
                "The request is not valid",
                where + ": " + detail,
                body -> body.putArray("errors")
                        .addObject()
                        .put("pointer", pointer)
                        .put("detail", detail));
    }

    /** The same for what the core refused, whose pointers begin at {@code base} and are to begin at {@code here}. */
    static Problem invalid(DocumentException e, String base, String here) {
        String pointer = e.pointer().startsWith(base) ? here + e.pointer().substring(base.length()) : e.pointer();
        String message = Objects.requireNonNullElse(e.getMessage(), "");
        int start = message.indexOf(e.pointer() + ": ");
        return invalid(
                pointer,
                start < 0 ? message : message.substring(start + e.pointer().length() + 2));
    }

    static Problem badRequest(String detail) {
        return plain(400, "bad-request", "The request is not valid", detail);
    }

    static Problem badPath() {
        return plain(
                400,
                "bad-path",
                "The path is not valid",
                "A path has segments of letters, digits, '.', '-' and '_', separated by single slashes, and none that goes up.");
    }

    static Problem unauthorised(String detail) {
        return plain(401, "unauthorized", "A token is needed", detail);
    }

    static Problem forbidden(String detail) {
        return plain(403, "forbidden", "This is not allowed", detail);
    }

    static Problem notFound(String detail) {
        return plain(404, "not-found", "There is no such thing", detail);
    }

    static Problem readOnly() {
        return plain(
                409,
                "read-only",
                "The flag store cannot be changed from here",
                "This server's flag store can be read only; change its flags where they are kept.");
    }

    static Problem noController(String migration) {
        return plain(
                409,
                "no-controller",
                "No controller runs here",
                "No controller of migration '" + migration
                        + "' is registered with this server, so it cannot know whether every node is ready. Set the goal instead: the"
                        + " controller of some node walks there.");
    }

    static Problem routed(String migration, List<String> nodes) {
        return inUse(
                nodes,
                "Migration '" + migration + "' cannot be removed: nodes " + nodes
                        + " route it. Remove it from their code and deploy them, or stop them; nodes that are lost are evicted"
                        + " after their lease. Then remove the entry.");
    }

    static Problem routedByLost(String migration, List<String> nodes) {
        return inUse(
                nodes,
                "The flag store has no entry of migration '" + migration + "', but nodes " + nodes
                        + " route by one: it was removed, or the flag store was set back. Another entry would lose what these"
                        + " nodes have written. Restore the entry, or stop these nodes first.");
    }

    private static Problem inUse(List<String> nodes, String detail) {
        return new Problem(
                409,
                "migration-in-use",
                "Nodes route this migration",
                detail,
                body -> nodes.forEach(body.putArray("nodes")::add));
    }

    static Problem stale(String detail, Consumer<ObjectNode> current) {
        return new Problem(412, "stale-revision", "It is not what the change was made from", detail, current);
    }

    static Problem illegalMove(IllegalMoveException e) {
        return illegalMove(Objects.requireNonNullElse(e.getMessage(), ""), e.blockers(), e.legalMoves());
    }

    static Problem illegalMove(String detail, List<Blocker> blockers, List<Stage> legalMoves) {
        return new Problem(409, "illegal-move", "The migration cannot go there now", detail, body -> {
            body.set("blockers", Views.blockers(blockers));
            body.set("legalMoves", Views.stages(legalMoves));
        });
    }

    static Problem tooSlow() {
        return plain(408, "too-slow", "The body came too slowly", "A body must come at 1,000 bytes a second at least.");
    }

    static Problem tooLarge(int limit) {
        return plain(413, "too-large", "The body is too large", "A body may have at most " + limit + " bytes.");
    }

    static Problem notJson() {
        return plain(
                415, "not-json", "JSON is needed", "Send the header 'Content-Type: application/json' and a JSON body.");
    }

    static Problem preconditionNeeded() {
        return plain(
                428,
                "precondition-required",
                "Send what the change was made from",
                "Send 'If-Match' with the ETag that the entry came with, or 'If-None-Match: *' to create it. This protects the"
                        + " changes of other users.");
    }

    static Problem storeFailed(String detail) {
        return plain(503, "store-unavailable", "The flag store cannot be reached", detail);
    }

    static Problem tooManyStreams() {
        return plain(
                503,
                "too-many-streams",
                "Too many listeners",
                "All places for event streams are taken; try again later.");
    }

    /** Any other answer of this status. */
    static Problem plain(int status, String type, String title, String detail) {
        return new Problem(status, type, title, detail, body -> {});
    }
}
