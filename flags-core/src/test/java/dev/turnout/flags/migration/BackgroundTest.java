package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.Flags;
import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.PeriodicTask;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An Error of foreign code ends nothing that a node does beside its callers, and uses nothing up. */
class BackgroundTest {
    private final MapPath oldPath = new MapPath("old");
    private final MapPath newPath = new MapPath("new");
    private Rig rig = new Rig(Stage.OFF);

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    /** Throws at each report that it is set to. */
    private static final class FlakyFleet implements FleetStore {
        private final FleetStore fleet = FleetStore.inMemory();
        final AtomicBoolean broken = new AtomicBoolean();
        volatile CountDownLatch reports = new CountDownLatch(0);

        @Override
        public Membership join(String migration, Member.Registration registration) {
            Membership joined = fleet.join(migration, registration);
            return new Membership() {
                @Override
                public String id() {
                    return joined.id();
                }

                @Override
                public boolean report(Member.Report report) {
                    if (migration.equals(Rig.NAME) && broken.getAndSet(false)) {
                        throw new OutOfMemoryError("Java heap space");
                    }
                    boolean isMember = joined.report(report);
                    if (migration.equals(Rig.NAME)) {
                        reports.countDown();
                    }
                    return isMember;
                }

                @Override
                public void close() {
                    joined.close();
                }
            };
        }

        @Override
        public List<Member> members(String migration) {
            return fleet.members(migration);
        }

        @Override
        public boolean evict(String migration, Member seen) {
            return fleet.evict(migration, seen);
        }
    }

    @Test
    void an_error_in_a_report_to_the_fleet_is_one_report_less() throws Exception {
        FlakyFleet fleet = new FlakyFleet();
        try (LogLines log = new LogLines(PeriodicTask.class);
                LogLines outage = new LogLines(Migration.class);
                Flags flags = Flags.builder(rig.store).node("n").fleet(fleet).build();
                Migration<Integer, String> migration = rig.builder(oldPath, newPath)
                        .lease(Duration.ofMillis(500))
                        .build(flags)) {
            fleet.broken.set(true);
            while (fleet.broken.get()) {
                Thread.onSpinWait();
            }
            fleet.reports = new CountDownLatch(3);

            assertThat(fleet.reports.await(20, TimeUnit.SECONDS))
                    .as("reports again")
                    .isTrue();
            assertThat(migration.get(1)).isEmpty();
            List<String> lines = new ArrayList<>(log.all());
            lines.addAll(outage.all());
            assertThat(lines).isNotEmpty();
        }
    }

    @Test
    void an_error_of_a_blocker_does_not_end_the_controller() throws Exception {
        AtomicBoolean broken = new AtomicBoolean();
        CountDownLatch thrown = new CountDownLatch(1);
        try (LogLines log = new LogLines(PeriodicTask.class);
                LogLines gates = new LogLines(Walk.class)) {
            Migration<Integer, String> migration = rig.opened(rig.builder(oldPath, newPath)
                    .blockedBy(() -> {
                        if (broken.get()) {
                            thrown.countDown();
                            throw new NoClassDefFoundError("a blocker's");
                        }
                        return Optional.empty();
                    })
                    .build(rig.flags()));
            Controller controller = rig.controller(migration);
            Rig.get(controller.moveTo(Goal.of(Stage.DUAL_WRITE), "ana", "because"));
            migration.beginSweep().finished("test");
            Rig.get(controller.moveTo(Goal.of(Stage.SHADOW), "ana", "because"));
            broken.set(true);
            var unused = controller.moveTo(Goal.of(Stage.LIVE), "ana", "because");
            assertThat(thrown.await(20, TimeUnit.SECONDS)).isTrue();
            broken.set(false);

            assertThat(Rig.get(controller.moveTo(Goal.of(Stage.LIVE), "ana", "because"))
                            .position()
                            .toString())
                    .isEqualTo("LIVE");
        }
    }

    @Test
    void an_error_of_a_path_does_not_end_repair() throws Exception {
        rig = new Rig(Stage.RAMP_DOWN);
        try (LogLines log = new LogLines(Repairer.class);
                LogLines mirror = new LogLines(Mirror.class)) {
            Migration<Integer, String> migration = rig.migration(oldPath, newPath);
            oldPath.failWrites();
            migration.put(1, "a");
            migration.put(2, "b");
            Rig.eventually(() -> rig.journal.depth() == 2);
            AtomicInteger calls = new AtomicInteger();
            oldPath.before = call -> {
                if (calls.getAndIncrement() == 0) {
                    throw new NoClassDefFoundError("some/Codec");
                }
            };

            Rig.eventually(() -> rig.journal.depth() == 0);
        }
    }

    /** Real pools, but the first task is refused with an Error. */
    private static Workers refusing(Error refusal, boolean queuesBefore) {
        AtomicBoolean refused = new AtomicBoolean();
        return new Workers() {
            @Override
            public Repeated every(String threadName, Duration pause, Runnable task) {
                return Workers.THREADS.every(threadName, pause, task);
            }

            @Override
            public void start(String threadName, Runnable task) {
                Workers.THREADS.start(threadName, task);
            }

            @Override
            public ExecutorService pool(String threadName, int threads, int queue) {
                return new ThreadPoolExecutor(
                        threads, threads, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(queue), task -> {
                            Thread thread = new Thread(task, threadName);
                            thread.setDaemon(true);
                            return thread;
                        }) {
                    @Override
                    public void execute(Runnable task) {
                        if (refused.compareAndSet(false, true)) {
                            if (queuesBefore) {
                                super.execute(task);
                            }
                            throw refusal;
                        }
                        super.execute(task);
                    }
                };
            }
        };
    }

    @Test
    void a_mirror_without_a_thread_gives_the_write_to_repair_and_the_caller_does_not_notice() throws Exception {
        for (boolean queuesBefore : new boolean[] {false, true}) {
            rig.close();
            rig = new Rig(Stage.DUAL_WRITE);
            MigrationBuilder<Integer, String> builder = rig.builder(oldPath, newPath);
            builder.workers = refusing(new OutOfMemoryError("unable to create native thread"), queuesBefore);
            try (LogLines log = new LogLines(Mirror.class)) {
                Migration<Integer, String> migration = rig.opened(builder.build(rig.flags()));

                assertThat(migration.put(1, "a")).isEqualTo(WriteOutcome.MIRROR_PENDING);

                Rig.eventually(() -> newPath.value(1).equals(Optional.of("a")));
                Rig.eventually(migration.fence::isIdle);
                assertThat(log.next()).startsWith("WARN Mirror writes of migration 'm' cannot begin");
            }
        }
    }

    @Test
    void an_error_in_a_mirror_write_goes_to_repair_and_is_one_line() throws Exception {
        rig = new Rig(Stage.DUAL_WRITE);
        AtomicInteger writes = new AtomicInteger();
        newPath.before = call -> {
            if (!call.equals("read") && writes.getAndIncrement() < 2) {
                throw new StackOverflowError();
            }
        };
        try (LogLines log = new LogLines(Mirror.class);
                LogLines repair = new LogLines(Repairer.class)) {
            Migration<Integer, String> migration = rig.migration(oldPath, newPath);
            migration.put(1, "a");
            migration.put(2, "b");

            Rig.eventually(
                    () -> newPath.value(1).isPresent() && newPath.value(2).isPresent());
            Rig.eventually(migration.fence::isIdle);
            assertThat(log.next()).startsWith("WARN Mirror writes of migration 'm' fail");
        }
    }

    @Test
    void errors_do_not_use_up_the_room_for_comparisons() {
        Meters meters = new Meters(TimeSource.SYSTEM);
        try (LogLines log = new LogLines(Comparisons.class);
                Comparisons<Integer> comparisons = new Comparisons<>(
                        "m", Journal.inMemory(), meters, 1, List.of(Duration.ZERO), TimeSource.SYSTEM)) {
            for (int i = 1; i <= 1_001; i++) {
                long failed = i;
                comparisons.submit(
                        i,
                        () -> {
                            throw new AssertionError("a bug in sameWhen");
                        },
                        () -> true);
                Rig.eventually(() -> meters.notCompared.sum() == failed);
            }
            comparisons.submit(5, () -> Optional.of(Difference.Kind.DIFFERENT), () -> true);

            Rig.eventually(() -> meters.different.sum() == 1);
            assertThat(log.all()).containsExactly("WARN Comparisons of migration 'm' fail; callers do not notice.");
        }
    }

    @Test
    void an_outage_of_the_mirror_that_three_nodes_see_is_one_line() throws Exception {
        MapPath newPath = new MapPath("new");
        newPath.failWrites();
        try (LogLines log = new LogLines(Mirror.class);
                Rig three = new Rig(Stage.SHADOW)) {
            for (int node = 0; node < 3; node++) {
                Migration<Integer, String> migration = three.migration(new MapPath("old"), newPath);
                migration.put(node, "a");
                migration.close(); // and so its mirror has logged what it had to log
            }

            assertThat(log.all())
                    .containsExactly(
                            "WARN Mirror writes of migration 'm' fail; callers do not notice, repair will look after the"
                                    + " keys.");
        }
    }
}
