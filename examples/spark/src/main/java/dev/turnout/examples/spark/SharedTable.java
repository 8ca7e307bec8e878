package dev.turnout.examples.spark;

import dev.turnout.flags.jdbc.backfill.Backfill;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.jdbc.verify.VerifiedRanges;
import dev.turnout.flags.jdbc.verify.Verify;
import dev.turnout.flags.jdbc.verify.VerifyResult;
import java.io.Serializable;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A table, and what it is to become: two addresses, which travel to wherever there are hands. Which task takes which
 * rows is decided in the target. So a task is the same call as on each node of a service, and one that is run again
 * continues where the one before it stopped.
 *
 * @param source JDBC URL of a PostgreSQL
 * @param target JDBC URL of a PostgreSQL
 */
record SharedTable(String source, String target) implements Serializable {
    private static final String SWEEP = "1";

    private static TableMapping mapping() {
        return TableMapping.from("parcel")
                .into("parcel_v2")
                .key("id")
                .column("note")
                .column("weight", "grams")
                .version("version")
                .build();
    }

    /** Copies ranges until all are done, by whomever. Returns how many rows this call has copied. */
    long copy() {
        return Backfill.from(database(source), mapping())
                .into(database(target))
                .named("parcels")
                .workers(1)
                .shared()
                .build()
                .run(SWEEP)
                .visited();
    }

    /**
     * What was found.
     *
     * @param differences keys that differ, or that could not be compared
     */
    record Verdict(long compared, long differences) implements Serializable {}

    /** Compares ranges until all are done, by whomever. Returns what was found in all of them. */
    Verdict verify() {
        VerifyResult<?> result = Verify.tables(mapping(), database(source), database(target))
                .remember(VerifiedRanges.in(database(target), "parcels", () -> 1))
                .build()
                .run();
        long differences =
                result.counts().values().stream().mapToLong(Long::longValue).sum() + result.unsettled();
        return new Verdict(result.keysCompared(), differences);
    }

    private static DataSource database(String url) {
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setUrl(url);
        database.setSocketTimeout(60); // seconds: a task that is cut off notices it
        return database;
    }
}
