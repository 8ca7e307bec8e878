package dev.turnout.flags.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.http.server.AccessControl.Access;
import io.javalin.http.HandlerType;
import io.javalin.router.Endpoint;
import io.javalin.security.Roles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/reference/http-api.md} beside the routes and the problems of the server. */
class HttpApiPageTest {
    private static final Path ROOT = Path.of("..", "..");
    private static final Path SOURCES = Path.of("src", "main", "java", "dev", "turnout", "flags", "http", "server");
    private static final Pattern PROBLEM = Pattern.compile("(?:plain|new Problem)\\(\\s*([0-9]{3}),\\s*\"([a-z-]+)\"");

    private static String page() throws IOException {
        return Files.readString(ROOT.resolve("docs").resolve("reference").resolve("http-api.md"));
    }

    @Test
    void each_route_is_in_the_page_with_who_may_use_it() throws IOException {
        Set<String> rows = Pattern.compile("(?m)^\\| ([A-Z]+) \\| `([^`]+)` \\| ([A-Z]+) \\|")
                .matcher(page())
                .results()
                .map(row -> row.group(1) + " " + row.group(2) + " " + row.group(3))
                .collect(Collectors.toCollection(TreeSet::new));

        try (RunningServer server = RunningServer.withDocument()) {
            assertThat(rows).isEqualTo(routes(server.server));
        }
    }

    /** Without the files of the console, and {@code HEAD}. */
    private static Set<String> routes(FlagServer server) {
        return server.javalin.unsafe.internalRouter.allHttpHandlers().stream()
                .map(parsed -> parsed.endpoint)
                .filter(endpoint -> endpoint.path.startsWith("/api/") || endpoint.path.startsWith("/health/"))
                .filter(endpoint -> !endpoint.method.equals(HandlerType.HEAD))
                .map(endpoint -> endpoint.method.name() + " " + endpoint.path + " " + access(endpoint))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Access access(Endpoint endpoint) {
        Roles roles = endpoint.metadata(Roles.class);
        assertThat(roles).as(endpoint.path).isNotNull();
        return (Access) roles.getRoles().iterator().next();
    }

    @Test
    void each_type_of_problem_is_in_the_page_with_its_status() throws IOException {
        Set<String> rows = Pattern.compile("(?m)^\\| `/problems/([a-z-]+)` \\| ([0-9]{3}) \\|")
                .matcher(page())
                .results()
                .map(row -> row.group(2) + " " + row.group(1))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(rows).hasSizeGreaterThan(15).isEqualTo(problems());
    }

    private static Set<String> problems() throws IOException {
        try (Stream<Path> sources = Files.list(SOURCES)) {
            List<MatchResult> found = sources.flatMap(
                            source -> PROBLEM.matcher(read(source)).results())
                    .toList();
            return found.stream()
                    .map(problem -> problem.group(1) + " " + problem.group(2))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static String read(Path source) {
        try {
            return Files.readString(source);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
