package dev.turnout.flags.http.server;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import dev.turnout.flags.Flags;
import dev.turnout.flags.document.DocumentException;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.http.server.AccessControl.Access;
import dev.turnout.flags.migration.Controller;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.store.FlagStoreException;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.MinimumDataRateHandler;
import org.eclipse.jetty.server.handler.QoSHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves flags and migrations to users, through a console, and to programs, through a REST interface. Runs inside any process that has
 * {@link Flags}, on few threads of its own. Thread-safe.
 *
 * <pre>{@code
 * try (FlagServer server = FlagServer.builder(flags).port(8080).migration(places).controller(controller).build().start()) {
 *   System.out.println("Console at " + server.uri());
 *   ...
 * }
 * }</pre>
 *
 * <p>Without tokens it answers on this machine only. It speaks plain HTTP: beyond this machine, put it behind something that ends TLS.
 */
public final class FlagServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FlagServer.class);
    private static final int FEWEST_THREADS = 4;
    private static final int REQUEST_THREADS = 12;
    private static final int RESERVED_THREADS = 8;
    private static final int MOST_WAITING = 2_000;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);
    private static final long LOWEST_BYTES_PER_SECOND = 1_000;
    private static final Pattern NOT_QUEUED =
            Pattern.compile("/api/v1/(watch|migrations/[^/]+/(samples|rollback|rollback-now|pause|resume))/?");
    private static final int IDLE_THREAD_MILLIS = 30_000;
    private static final int LONGEST_STOP_MILLIS = 5_000;
    // Shorter than clients wait for an answer.
    private static final Duration LONGEST_READ = Duration.ofSeconds(5);

    private final Flags flags;
    private final String host;
    private final int wantedPort;
    private final AccessControl gate;
    private final Streams streams = new Streams();
    private final FreshReads reads;
    private final StoreCalls calls;
    private final Watch watch;
    private final LiveSamples samples;
    final Javalin javalin; // whose routes a test compares with their page
    private final AtomicBoolean closed = new AtomicBoolean();

    private FlagServer(Builder builder) {
        flags = builder.flags;
        host = builder.host;
        wantedPort = builder.port;
        gate = new AccessControl(builder.tokens, host);
        reads = new FreshReads(flags::refresh, LONGEST_READ);
        calls = new StoreCalls(LONGEST_READ);
        EntryEdits edits = new EntryEdits(flags, reads, calls);
        watch = new Watch(flags);
        samples = new LiveSamples(flags, builder.migrations, watch::tellSilence);
        MigrationRoutes migrations = new MigrationRoutes(flags, edits, builder.controllers, samples, streams);
        Assets assets = new Assets();
        javalin = Javalin.create(config -> {
            configure(config);
            config.jetty.addConnector(this::connector);
            config.routes.before(gate::check);
            config.routes.beforeMatched(gate::authorise);
            Routes routes = new Routes(config.routes);
            assets.addTo(routes);
            new EntryRoutes(flags, edits, EntryKey.Kind.FLAG).addTo(routes);
            new EntryRoutes(flags, edits, EntryKey.Kind.COHORT).addTo(routes);
            new ExplainRoute(flags).addTo(routes);
            new DocumentRoutes(flags, edits, reads).addTo(routes);
            migrations.addTo(routes);
            routes.stream("/api/v1/watch", ctx -> streams.serve(ctx, watch, watch::now), Access.READ);
            routes.get("/health/live", ctx -> answer(ctx, Json.object().put("status", "up")), Access.ANYBODY);
            // Flags are still decided from the state there is, so a store that cannot be reached is no reason to be
            // taken out.
            routes.get("/health/ready", ctx -> answer(ctx, Json.object().put("status", "up")), Access.ANYBODY);
            answerProblems(config.routes);
        });
    }

    private static void configure(JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.http.prefer405over404 = true;
        config.http.maxRequestSize = Requests.LARGEST_BODY;
        config.http.compressionStrategy = CompressionStrategy.NONE;
        QueuedThreadPool threads = new QueuedThreadPool(
                Streams.MOST + REQUEST_THREADS + RESERVED_THREADS, FEWEST_THREADS, IDLE_THREAD_MILLIS);
        threads.setName("turnout-http");
        threads.setDaemon(true);
        config.jetty.threadPool = threads;
        config.jetty.modifyHttpConfiguration(http -> http.setSendServerVersion(false));
        config.jetty.modifyServer(server -> server.setHandler(queue()));
    }

    /**
     * Requests that may wait for slow callers, or for the store, take part of the threads only; more requests wait
     * without one. The request for liveness, and the one that rolls a migration back, do not stand in that queue; nor
     * do streams, which have threads of their own.
     */
    private static QoSHandler queue() {
        QoSHandler queue = new QoSHandler();
        queue.setMaxRequestCount(REQUEST_THREADS);
        queue.setMaxSuspendedRequestCount(MOST_WAITING);
        queue.setMaxSuspend(LONGEST_WAIT);
        queue.setHandler(new MinimumDataRateHandler(LOWEST_BYTES_PER_SECOND, 0));
        queue.excludePath("/health/*");
        queue.exclude(
                request -> NOT_QUEUED.matcher(Request.getPathInContext(request)).matches());
        return queue;
    }

    /** Jetty's own would have a timer thread that keeps the process alive, and as many selectors as there are processors. */
    private ServerConnector connector(Server server, HttpConfiguration http) {
        ServerConnector connector = new ServerConnector(
                server,
                null,
                new ScheduledExecutorScheduler("turnout-http-timer", true),
                null,
                1,
                1,
                new HttpConnectionFactory(http));
        connector.setHost(host);
        connector.setPort(wantedPort);
        return connector;
    }

    private static void answerProblems(RoutesConfig routes) {
        routes.exception(Problem.class, (e, ctx) -> answer(ctx, e));
        routes.exception(DocumentException.class, (e, ctx) -> answer(ctx, Problem.invalid(e, "", "")));
        routes.exception(FlagStoreException.class, (e, ctx) -> {
            log.warn("A request could not be served, as the flag store did not answer.", e);
            ctx.header("Retry-After", "5");
            answer(ctx, Problem.storeFailed(String.valueOf(e.getMessage())));
        });
        routes.exception(HttpResponseException.class, (e, ctx) -> {
            e.getDetails().forEach((name, value) -> log.debug("{}: {}", name, value));
            if (e.getStatus() == 405) {
                ctx.header("Allow", String.join(", ", e.getDetails().values()));
            }
            String title = String.valueOf(e.getMessage());
            answer(ctx, Problem.plain(e.getStatus(), "http-" + e.getStatus(), title, title + "."));
        });
        routes.exception(Exception.class, (e, ctx) -> {
            log.error("{} {} failed; the caller got no details.", ctx.method(), ctx.path(), e);
            answer(ctx, Problem.plain(500, "internal", "The server failed", "It is in the server's log."));
        });
    }

    private static void answer(Context ctx, Problem problem) {
        ctx.status(problem.status()).contentType("application/problem+json").result(problem.json());
    }

    static void answer(Context ctx, JsonNode json) {
        ctx.contentType("application/json").result(Json.write(json));
    }

    /** Begins a server for these flags, which stay the caller's. */
    public static Builder builder(Flags flags) {
        return new Builder(flags);
    }

    /**
     * Begins to listen.
     *
     * @return this
     * @throws RuntimeException if the port is taken
     */
    public FlagServer start() {
        javalin.start();
        samples.start();
        log.info("Flags are served at {}.", uri());
        return this;
    }

    /** The port that it listens on. */
    public int port() {
        return javalin.port();
    }

    /** Where the console is; other paths begin here. */
    public URI uri() {
        String name = host.equals("0.0.0.0") || host.equals("::") ? "localhost" : host;
        return URI.create("http://" + (name.contains(":") ? "[" + name + "]" : name) + ":" + port() + "/");
    }

    /** Ends all streams and stops to listen. Idempotent. */
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        watch.close();
        samples.close();
        streams.close();
        reads.close();
        calls.close();
        stopWithinReason();
    }

    /** Jetty can wait without end for a connection that broke while it was written to; the process has better things to do. */
    private void stopWithinReason() {
        Thread stopping = new Thread(javalin::stop, "turnout-http-stop");
        stopping.setDaemon(true);
        stopping.start();
        try {
            stopping.join(LONGEST_STOP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (stopping.isAlive()) {
            log.warn("The server did not end in time; its remaining threads end with the process.");
        }
    }

    /** Builds a {@link FlagServer}. Not thread-safe. */
    public static final class Builder {
        private final Flags flags;
        private String host = "127.0.0.1";
        private int port = 8080;
        private final List<Token> tokens = new ArrayList<>();
        private final List<Migration<?, ?>> migrations = new ArrayList<>();
        private final Map<String, Controller> controllers = new LinkedHashMap<>();

        private Builder(Flags flags) {
            this.flags = requireNonNull(flags, "flags");
        }

        /** Where to listen; default: 8080. 0 takes any free port. */
        public Builder port(int newPort) {
            if (newPort < 0 || newPort > 65_535) {
                throw new IllegalArgumentException("A port must be from 0 to 65535, but was " + newPort + ".");
            }
            port = newPort;
            return this;
        }

        /** The address to listen on; default: {@code 127.0.0.1}. Any other machine's way in needs {@link #tokens}. */
        public Builder host(String newHost) {
            host = requireNonNull(newHost, "newHost");
            return this;
        }

        /** Lets in only those who have one of these, and whatever others were given. */
        public Builder tokens(Token... newTokens) {
            for (Token token : newTokens) {
                if (tokens.stream().anyMatch(other -> other.name().equals(token.name()))) {
                    throw new IllegalArgumentException("There are two tokens '" + token.name()
                            + "'; give each a name of its own, as changes are recorded under it.");
                }
                tokens.add(token);
            }
            return this;
        }

        /** See {@link Token#of}. */
        public Builder token(String name, String secret, Role role) {
            return tokens(Token.of(name, secret, role));
        }

        /** Shows what this migration does, live. Once for each node that this process has of it. */
        public Builder migration(Migration<?, ?> migration) {
            migrations.add(requireNonNull(migration, "migration"));
            return this;
        }

        /** Lets this server say what a migration waits for, and move it at once where that is legal. */
        public Builder controller(Controller controller) {
            if (controllers.putIfAbsent(controller.migration(), controller) != null) {
                throw new IllegalArgumentException(
                        "Migration '" + controller.migration() + "' has a controller here already; one is enough.");
            }
            return this;
        }

        /**
         * Builds it; it does not listen before {@link FlagServer#start}.
         *
         * @throws IllegalStateException if it would let in other machines without a token
         */
        public FlagServer build() {
            if (tokens.isEmpty() && !isLoopback(host)) {
                throw new IllegalStateException(
                        "A server without tokens lets everybody change everything, so it listens on this machine"
                                + " only, but the host is '" + host
                                + "'. Add tokens, as in .token(\"ana\", secret, Role.EDIT), or leave"
                                + " the host at 127.0.0.1.");
            }
            return new FlagServer(this);
        }

        private static boolean isLoopback(String host) {
            try {
                return InetAddress.getByName(host).isLoopbackAddress();
            } catch (UnknownHostException e) {
                throw new IllegalStateException("The host '" + host + "' has no address.", e);
            }
        }
    }
}
