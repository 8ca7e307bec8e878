package dev.turnout.flags.http.server;

import dev.turnout.flags.http.server.AccessControl.Access;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Handler;

/** How routes are added: each declares who may use it, and what can be read can be asked for with {@code HEAD} too. */
final class Routes {
    private final RoutesConfig javalin;

    Routes(RoutesConfig javalin) {
        this.javalin = javalin;
    }

    void get(String path, Handler handler, Access access) {
        javalin.get(path, handler, access);
        javalin.head(path, handler, access); // the server leaves the body away
    }

    /** A stream of events, of which there is nothing to say ahead but its type. */
    void stream(String path, Handler handler, Access access) {
        javalin.get(path, handler, access);
        javalin.head(path, ctx -> ctx.contentType(Sse.TYPE), access);
    }

    void put(String path, Handler handler, Access access) {
        javalin.put(path, handler, access);
    }

    void post(String path, Handler handler, Access access) {
        javalin.post(path, handler, access);
    }

    void patch(String path, Handler handler, Access access) {
        javalin.patch(path, handler, access);
    }

    void delete(String path, Handler handler, Access access) {
        javalin.delete(path, handler, access);
    }
}
