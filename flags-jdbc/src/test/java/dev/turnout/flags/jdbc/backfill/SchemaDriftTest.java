package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.Faults;
import dev.turnout.flags.jdbc.OnEachDatabase;
import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@OnEachDatabase
@Timeout(120)
class SchemaDriftTest {
    private static final Duration NEVER = Duration.ofDays(1);

    private final Faults sourceFaults;
    private final DataSource source;
    private final DataSource target;
    private final List<String> told = new ArrayList<>();

    SchemaDriftTest(Database kind) {
        sourceFaults = new Faults(kind.create());
        source = sourceFaults.dataSource();
        target = kind.create();
        Parcels.createBoth(source, target);
        Database.execute(source, "INSERT INTO parcel (region, id) VALUES ('north', 1)");
    }

    private Backfill<?, ?> backfill(TableMapping mapping) {
        return Backfill.from(source, mapping).into(target).named("parcels").build();
    }

    private BackfillBuilder<?, ?> restartWithChangedMapping() {
        return Backfill.from(source, Parcels.versioned())
                .into(target)
                .named("parcels")
                .restartWithChangedMapping();
    }

    private SchemaDrift watch(TableMapping mapping) {
        return SchemaDrift.watch(backfill(mapping), NEVER, told::add);
    }

    @Test
    void nothing_has_drifted_before_the_first_sweep_nor_after_it() {
        try (SchemaDrift drift = watch(Parcels.versioned())) {
            assertThat(drift.reason()).isEmpty();
            backfill(Parcels.versioned()).run("1");
            drift.check();
            assertThat(drift.reason()).isEmpty();
        }
        assertThat(told).isEmpty();
    }

    @Test
    void an_error_of_the_listener_keeps_the_reason_from_nobody() {
        Consumer<String> broken = reason -> {
            throw new NoClassDefFoundError("of a listener");
        };
        backfill(Parcels.versioned()).run("1");
        try (LogLines log = new LogLines(SchemaDrift.class);
                SchemaDrift drift = SchemaDrift.watch(backfill(Parcels.versioned()), NEVER, broken)) {
            Database.execute(source, "ALTER TABLE parcel ADD COLUMN more INT");

            drift.check();

            assertThat(drift.reason().orElseThrow()).contains("have drifted");
            assertThat(log.all()).last().isEqualTo("ERROR The listener failed.");
        }
    }

    @Test
    void a_changed_table_of_either_side_is_told_once_until_another_sweep() {
        for (DataSource changed : List.of(source, target)) {
            String table = changed == source ? "parcel" : "parcel_v2";
            told.clear();
            restartWithChangedMapping()
                    .build()
                    .run("the first of " + table); // the other table has changed the second time
            try (SchemaDrift drift = watch(Parcels.versioned())) {
                Database.execute(changed, "ALTER TABLE " + table + " ADD COLUMN more INT");
                drift.check();
                drift.check();
                assertThat(drift.reason().orElseThrow())
                        .contains("have drifted", "the first of " + table, "restartWithChangedMapping()");
                assertThat(told).hasSize(1);

                assertThatThrownBy(() -> restartWithChangedMapping()
                                .pacing(() -> {
                                    throw new IllegalStateException("killed");
                                })
                                .build()
                                .run("the first of " + table))
                        .hasMessageContaining("killed");
                drift.check();
                assertThat(drift.reason().orElseThrow()).contains("copied yet");

                assertThat(restartWithChangedMapping()
                                .build()
                                .run("the first of " + table)
                                .visited())
                        .as("under the same id, as a sweep of a migration has one")
                        .isEqualTo(1);
                drift.check();
                assertThat(drift.reason()).isEmpty();
                assertThat(told).hasSize(1);
            }
        }
    }

    @Test
    void it_is_seen_after_a_restart_too_and_so_is_another_mapping() {
        backfill(Parcels.versioned()).run("1");
        try (SchemaDrift drift = watch(Parcels.plain())) {
            assertThat(drift.reason().orElseThrow()).contains("have drifted");
        }
        Database.execute(source, "ALTER TABLE parcel DROP COLUMN note");
        try (SchemaDrift drift = watch(Parcels.versioned())) {
            assertThat(drift.reason().orElseThrow()).contains("have drifted", "no column 'note'");
        }
        Database.execute(source, "DROP TABLE parcel");
        try (SchemaDrift drift = watch(Parcels.versioned())) {
            assertThat(drift.reason().orElseThrow()).contains("There is no table parcel");
        }
    }

    @Test
    void what_cannot_be_compared_is_a_reason_too() {
        backfill(Parcels.versioned()).run("1");
        sourceFaults.setDown(true);
        try (SchemaDrift drift = watch(Parcels.versioned())) {
            assertThat(drift.reason().orElseThrow()).contains("cannot be compared now", "Connection refused");
            sourceFaults.setDown(false);
            drift.check();
            assertThat(drift.reason()).isEmpty();
        }
    }

    @Test
    void it_holds_up_when_it_has_not_looked_for_long() {
        AtomicLong nanos = new AtomicLong();
        TimeSource clock = new TimeSource() {
            @Override
            public Instant now() {
                return Instant.EPOCH;
            }

            @Override
            public long nanoTime() {
                return nanos.get();
            }
        };
        Backfill<?, ?> timed = Backfill.from(source, Parcels.versioned())
                .into(target)
                .named("parcels")
                .time(clock)
                .build();
        try (SchemaDrift drift = SchemaDrift.watch(timed, NEVER, told::add)) {
            nanos.addAndGet(NEVER.multipliedBy(3).toNanos());
            assertThat(drift.reason()).isEmpty();
            nanos.incrementAndGet();
            assertThat(drift.reason().orElseThrow()).contains("were last compared");
            drift.check();
            assertThat(drift.reason()).isEmpty();
        }
    }

    @Test
    void it_looks_by_itself() throws InterruptedException {
        backfill(Parcels.versioned()).run("1");
        CountDownLatch seen = new CountDownLatch(1);
        try (SchemaDrift drift =
                SchemaDrift.watch(backfill(Parcels.versioned()), Duration.ofMillis(1), reason -> seen.countDown())) {
            assertThat(drift.reason()).isEmpty();
            Database.execute(target, "ALTER TABLE parcel_v2 ADD COLUMN more INT");
            assertThat(seen.await(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void it_needs_a_mapping_and_an_interval() {
        assertThatThrownBy(() -> SchemaDrift.watch(backfill(Parcels.versioned()), Duration.ZERO, told::add))
                .isInstanceOf(IllegalArgumentException.class);
        Backfill<Long, String> rows = Backfill.from(source, new Items(), KeyCodec.longs())
                .into(target, new Items())
                .named("items")
                .build();
        assertThatThrownBy(() -> SchemaDrift.watch(rows, NEVER, told::add))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no TableMapping");
    }
}
