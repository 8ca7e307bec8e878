package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Hazards 7, 8 and 10: rows that are written and deleted in both tables while they are copied. */
@ParameterizedClass
@MethodSource("databasesAndGuards")
@Timeout(600)
class TableTrafficTest {
    private static final int ROWS = 600;
    private static final int WRITERS = 3;
    private static final int ROUNDS = 35; // a few more than connections are taken
    private static final String LOCKS = " FOR SHARE| FOR UPDATE| LOCK IN SHARE MODE";

    private final Database kind;
    private final DataSource source;
    private final DataSource target;
    private final OverwriteGuard guard;
    private final TableMapping mapping;
    private final TableTraffic traffic;

    TableTrafficTest(Database kind, OverwriteGuard guard) {
        this.kind = kind;
        source = kind.create();
        target = kind.create();
        this.guard = guard;
        mapping = guard == OverwriteGuard.VERSION ? Parcels.versioned() : Parcels.plain();
        traffic = new TableTraffic(source, target, guard == OverwriteGuard.VERSION);
    }

    static Stream<Arguments> databasesAndGuards() {
        return Database.products()
                .flatMap(kind -> Stream.of(OverwriteGuard.VERSION, OverwriteGuard.RECHECK, OverwriteGuard.LOCK)
                        .map(guard -> Arguments.of(kind, guard)));
    }

    @BeforeEach
    void tables() {
        Parcels.createBoth(source, target);
        fill(source);
    }

    private void fill(DataSource database) {
        Parcels.fill(database, ROWS);
        Parcels.update(database, "UPDATE parcel SET weight = NULL");
        if (guard != OverwriteGuard.VERSION) {
            Parcels.update(database, "UPDATE parcel SET version = 0, writer = 0, deleted = FALSE");
        }
    }

    private BackfillBuilder<List<String>, Void> backfill(DataSource into) {
        return Backfill.from(source, mapping)
                .into(into)
                .named("parcels")
                .guardedBy(guard)
                .chunkSize(25);
    }

    @Test
    void with_writers_at_work_no_write_is_lost_and_no_row_comes_back() throws InterruptedException {
        AtomicBoolean done = new AtomicBoolean();
        Semaphore writes = new Semaphore(0);
        List<Thread> writers = new ArrayList<>();
        for (int own = 0; own < WRITERS; own++) {
            int first = own;
            Random random = new Random(own);
            writers.add(new Thread(() -> {
                while (!done.get()) {
                    traffic.write(random.nextInt(ROWS / WRITERS) * WRITERS + first, random);
                    writes.release();
                }
            }));
        }
        writers.forEach(Thread::start);
        try {
            // Writers are at work during each chunk, however fast it is.
            backfill(target)
                    .pacing(() -> writes.acquireUninterruptibly(20))
                    .build()
                    .run("1");
        } finally {
            done.set(true);
        }
        for (Thread writer : writers) {
            writer.join();
        }

        assertThat(Parcels.target(target)).isEqualTo(Parcels.source(source));
    }

    /** Writes and deletes rows of a chunk each time after it was read and before it is written, if locks let it. */
    private List<String> wrongAfterTraffic(DataSource from, OverwriteGuard mutant, String guardToRemove) {
        Random random = new Random(7);
        AtomicInteger connections = new AtomicInteger();
        DataSource interrupted = mutated(target, guardToRemove, () -> {
            // Each row once, so no later write can heal what went wrong.
            for (int i = connections.getAndIncrement(); i < ROWS && connections.get() <= ROUNDS; i += ROUNDS) {
                traffic.write(i, random);
            }
        });
        Backfill.from(mutated(from, guardToRemove, () -> {}), mapping)
                .into(interrupted)
                .named("parcels")
                .guardedBy(mutant)
                .chunkSize(25)
                .workers(1)
                .build()
                .run("1");
        List<String> wrong = new ArrayList<>(Parcels.target(target));
        wrong.removeAll(Parcels.source(source));
        return wrong;
    }

    private static DataSource mutated(DataSource database, String guardToRemove, Runnable beforeConnection) {
        return proxy(DataSource.class, database, guardToRemove, beforeConnection);
    }

    /** Wraps what it gives out too, and takes the guard out of each statement. */
    private static <T> T proxy(Class<T> type, T wrapped, String guardToRemove, Runnable beforeConnection) {
        Object proxy =
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    String name = method.getName();
                    if (name.equals("getConnection")) {
                        beforeConnection.run();
                    }
                    if (arguments != null && arguments.length > 0 && arguments[0] instanceof String sql) {
                        arguments[0] = sql.replaceAll(guardToRemove, "");
                    }
                    try {
                        Object result = method.invoke(wrapped, arguments);
                        return switch (name) {
                            case "getConnection" ->
                                proxy(Connection.class, (Connection) result, guardToRemove, beforeConnection);
                            case "createStatement" ->
                                proxy(Statement.class, (Statement) result, guardToRemove, beforeConnection);
                            default -> result;
                        };
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        return type.cast(proxy);
    }

    @Test
    void what_happens_between_reading_and_writing_a_chunk_wins() {
        assumeTrue(guard != OverwriteGuard.LOCK, "writers would wait for the lock, and this for the writers");

        assertThat(wrongAfterTraffic(source, guard, "no guard is removed")).isEmpty();
    }

    @Test
    void without_the_guard_the_test_above_fails() {
        if (guard == OverwriteGuard.VERSION) {
            assumeTrue(kind == Database.POSTGRES, "the guard is cut out of PostgreSQL's statement");
            assertThat(wrongAfterTraffic(source, guard, " WHERE \\(t\\..*")).isNotEmpty();
        } else {
            // What LOCK is without its locks: rows are written as they were read. From PostgreSQL they are read by
            // COPY, of which a proxy sees nothing.
            OverwriteGuard mutant = kind == Database.POSTGRES ? OverwriteGuard.INSERT_IF_ABSENT : OverwriteGuard.LOCK;
            assertThat(wrongAfterTraffic(source, mutant, LOCKS)).isNotEmpty();
        }
    }

    /** Its writer writes a column of the target that the mapping does not have. */
    @Test
    void a_row_that_comes_back_before_it_is_deleted_in_the_target_is_left_to_its_writer() {
        assumeTrue(guard == OverwriteGuard.RECHECK, "the others delete nothing");
        AtomicInteger step = new AtomicInteger();
        String find = "SELECT writer FROM parcel_v2 WHERE region = ? AND id = ?";
        DataSource from = mutated(source, "no guard is removed", () -> {
            if (step.get() == 0 && !found(find, 0).isEmpty()) { // it was copied, and is to be looked at again
                traffic.delete(0);
                step.set(1);
            }
        });
        DataSource into = mutated(target, "no guard is removed", () -> {
            if (step.compareAndSet(1, 2)) {
                traffic.put(0, "back");
            }
        });

        Backfill.from(from, mapping)
                .into(into)
                .named("parcels")
                .guardedBy(guard)
                .workers(1)
                .build()
                .run("1");

        assertThat(step).hasValue(2);
        assertThat(found(find, 0)).containsExactly(1L);
        assertThat(Parcels.target(target)).isEqualTo(Parcels.source(source));
    }

    private List<Long> found(String sql, int i) {
        try {
            return Statements.query(target, row -> row.getLong(1), sql, Parcels.region(i), Parcels.id(i));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As if it read its own first look again: it copies from a table that stays as the source was at the beginning. */
    @Test
    void recheck_whose_second_look_sees_the_first_fails_the_test_above() {
        assumeTrue(guard == OverwriteGuard.RECHECK);
        DataSource asItWas = kind.create();
        Parcels.createBoth(asItWas, kind.create());
        fill(asItWas);

        assertThat(wrongAfterTraffic(asItWas, guard, "no guard is removed")).isNotEmpty();
    }
}
