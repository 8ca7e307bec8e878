package dev.turnout.flags.http.server;

import dev.turnout.flags.store.TimeSource;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.security.RouteRole;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Decides who may come in, before any route sees the request. Thread-safe. */
final class AccessControl {
    /** What a route asks of its callers; a route that declares nothing is closed. */
    enum Access implements RouteRole {
        /** Nothing: the console's files, and what load balancers ask. */
        ANYBODY,
        READ,
        OPERATE,
        EDIT
    }

    private static final String CALLER = "caller";
    private static final String ROLE = "role";
    // Names are of a closed alphabet, so no path of ours needs an escape; other characters are an attack.
    private static final Pattern PATH = Pattern.compile("/|(/(?!\\.{1,2}(/|$))[A-Za-z0-9._-]+)+/?");
    private static final Set<HandlerType> SAFE = Set.of(HandlerType.GET, HandlerType.HEAD, HandlerType.OPTIONS);
    private static final String CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self';"
            + " connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

    private final List<Token> tokens;
    private final Set<String> hosts;
    private final WrongTokens wrong = new WrongTokens(TimeSource.SYSTEM);

    AccessControl(List<Token> tokens, String host) {
        this.tokens = List.copyOf(tokens);
        this.hosts = new HashSet<>(List.of("localhost", "127.0.0.1", "[::1]", host.toLowerCase(Locale.ROOT)));
    }

    /** Before routing. */
    void check(Context ctx) {
        setHeaders(ctx);
        if (!PATH.matcher(ctx.req().getRequestURI()).matches()) {
            throw Problem.badPath();
        }
        checkHost(ctx);
        if (!SAFE.contains(ctx.method())) {
            checkSameSite(ctx);
            String type = ctx.contentType();
            if (type == null || !type.split(";", 2)[0].strip().equalsIgnoreCase("application/json")) {
                throw Problem.notJson();
            }
        }
    }

    private static void setHeaders(Context ctx) {
        ctx.header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
                .header("X-Content-Type-Options", "nosniff")
                .header("X-Frame-Options", "DENY")
                .header("Referrer-Policy", "no-referrer")
                .header("Cross-Origin-Opener-Policy", "same-origin")
                .header("Cross-Origin-Resource-Policy", "same-origin")
                .header("Cache-Control", "no-store");
    }

    /**
     * Without tokens, being on this machine is what lets callers in, and a web page can be made to be "on this machine" by a name that
     * resolves to it; such a page's requests carry its own name. With tokens the page would need one, and names are the proxy's business.
     */
    private void checkHost(Context ctx) {
        if (tokens.isEmpty() && !hosts.contains(withoutPort(header(ctx, "Host")))) {
            throw Problem.forbidden("The header 'Host' must name this machine, as 'localhost' does.");
        }
    }

    private static String withoutPort(String host) {
        return host.replaceFirst(":[0-9]+$", "").toLowerCase(Locale.ROOT);
    }

    /**
     * Browsers send where a request comes from; other programs do not, and a web page cannot make them send a request.
     * Where a browser sends only its page's name, that is compared with the server's own; unless there are tokens,
     * which a page of another site does not have: a proxy may have replaced the server's name.
     */
    private void checkSameSite(Context ctx) {
        String site = header(ctx, "Sec-Fetch-Site");
        String origin = header(ctx, "Origin");
        boolean isOther = site.isEmpty()
                ? tokens.isEmpty() && !origin.isEmpty() && !authority(origin).equalsIgnoreCase(header(ctx, "Host"))
                : !site.equals("same-origin") && !site.equals("none");
        if (isOther) {
            throw Problem.forbidden("A page of another site cannot change anything here.");
        }
    }

    private static String authority(String origin) {
        try {
            return Optional.ofNullable(URI.create(origin).getRawAuthority()).orElse("");
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    private static String header(Context ctx, String name) {
        return Optional.ofNullable(ctx.header(name)).orElse("");
    }

    /** After routing, before the route. */
    void authorise(Context ctx) {
        if (ctx.routeRoles().size() != 1 || !(ctx.routeRoles().iterator().next() instanceof Access access)) {
            throw new IllegalStateException("The route " + ctx.path() + " does not say who may use it.");
        }
        if (access == Access.ANYBODY || tokens.isEmpty()) {
            return;
        }
        Token token = token(ctx);
        ctx.attribute(CALLER, token.name());
        ctx.attribute(ROLE, token.role());
        Role needed = Role.valueOf(access.name());
        if (!token.role().includes(needed)) {
            throw Problem.forbidden("This needs the role " + needed + "; " + token + " has less.");
        }
    }

    private Token token(Context ctx) {
        String header = header(ctx, "Authorization");
        byte[] hash = Token.sha256(
                header.startsWith("Bearer ")
                        ? header.substring("Bearer ".length()).strip()
                        : "");
        Token found = null;
        for (Token token : tokens) { // all of them: the time taken does not show which one came close
            if (token.hasHash(hash)) {
                found = token;
            }
        }
        if (found == null) {
            wrong.add(ctx);
            ctx.header("WWW-Authenticate", "Bearer");
            throw Problem.unauthorised(
                    header.isEmpty() ? "Send 'Authorization: Bearer <secret>'." : "The token is not known here.");
        }
        return found;
    }

    /** The name of the caller's token; empty if callers need none. */
    static Optional<String> caller(Context ctx) {
        return Optional.ofNullable(ctx.attribute(CALLER));
    }

    /** Whether the caller has a role; all have all of them if there are no tokens. */
    static boolean includes(Context ctx, Role needed) {
        Role role = ctx.attribute(ROLE);
        return role == null || role.includes(needed);
    }
}
