package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.stage.Stage;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The production code of routing, fleet, journal, repair and controller, in every order of events that a small world has. */
class ProtocolExplorationTest {
    static Stream<Scope> scopes() {
        return Stream.of(
                new Scope("two writes in SYNC", Stage.SYNC).put(0).put(1),
                new Scope("across with a write and a read", Stage.SHADOW, Stage.LIVE)
                        .put(0)
                        .read(1));
    }

    @ParameterizedTest
    @MethodSource("scopes")
    void nothing_goes_wrong_in_any_order_of_events(Scope scope) {
        Explorer.Result result = Explorer.all(scope);
        System.out.println(result);

        assertThat(result.problems()).as(result.toString()).isEmpty();
    }
}
