package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class VerifiedGateTest {
    private final Rig rig = new Rig(Stage.OFF);
    private volatile Supplier<Optional<String>> blocker = Optional::empty;
    private volatile Optional<Verified> oldest = Optional.empty();
    private Migration<Integer, String> migration;
    private Controller controller;

    @BeforeEach
    void shadow() throws Exception {
        migration = rig.opened(rig.builder(new MapPath("old"), new MapPath("new"))
                .verified(() -> oldest, Duration.ofMinutes(10))
                .blockedBy(Optional::empty)
                .blockedBy(() -> blocker.get())
                .build(rig.flags()));
        controller = rig.controller(migration);
        arriveAt(Stage.DUAL_WRITE);
        migration.beginSweep().finished("test");
        arriveAt(Stage.SHADOW);
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    private void arriveAt(Stage stage) throws Exception {
        Rig.get(controller.moveTo(Goal.of(stage), "ana", "x"));
    }

    private void blockedBy(Predicate<Blocker> expected) throws Exception {
        CompletableFuture<MigrationState> arrival = controller.moveTo(Goal.of(Stage.LIVE), "ana", "x");
        Rig.eventually(() -> controller.status().blockers().stream().anyMatch(expected));
        assertThat(arrival).isNotDone();
        assertThat(migration.stageOf(1)).isEqualTo(Stage.SHADOW);
    }

    private void verifiedNow() {
        oldest = Optional.of(new Verified(Instant.now(), rig.state().version()));
    }

    @Test
    void nothing_crosses_that_was_not_verified_and_it_crosses_when_it_was() throws Exception {
        blockedBy(new Blocker.NotVerified()::equals);

        verifiedNow();
        arriveAt(Stage.LIVE);
    }

    @Test
    void what_was_verified_before_the_keys_came_to_their_stage_does_not_count() throws Exception {
        oldest = Optional.of(new Verified(Instant.now(), rig.state().version() - 1));

        blockedBy(Blocker.VerifiedBeforeStage.class::isInstance);
    }

    @Test
    void what_was_verified_too_long_ago_does_not_count() throws Exception {
        oldest = Optional.of(new Verified(
                Instant.now().minus(Duration.ofHours(1)), rig.state().version()));

        blockedBy(Blocker.VerificationTooOld.class::isInstance);
    }

    @Test
    void the_way_back_is_never_held_up() throws Exception {
        verifiedNow();
        arriveAt(Stage.LIVE);
        oldest = Optional.empty();

        arriveAt(Stage.SHADOW);
    }

    @Test
    void what_stands_in_the_way_holds_up_a_crossing_but_not_the_way_back() throws Exception {
        verifiedNow();
        blocker = () -> Optional.of("the shops are full before Christmas");
        blockedBy(new Blocker.Custom("the shops are full before Christmas")::equals);
        blocker = () -> {
            throw new IllegalStateException("the calendar is gone");
        };
        blockedBy(new Blocker.CheckFailed("java.lang.IllegalStateException: the calendar is gone")::equals);

        blocker = Optional::empty;
        arriveAt(Stage.LIVE);
        blocker = () -> Optional.of("too late");
        arriveAt(Stage.SHADOW);
    }

    @Test
    void an_age_is_more_than_zero() {
        assertThatThrownBy(() ->
                        rig.builder(new MapPath("old"), new MapPath("new")).verified(() -> oldest, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("more than zero");
    }
}
