package dev.turnout.benchmarks.backfill;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.turnout.flags.jdbc.backfill.Backfill;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;
import org.postgresql.copy.CopyOut;
import org.postgresql.ds.PGSimpleDataSource;

/** Moves a table once, in a process of its own: so no way finds the heap or the compiled code of another one. */
final class Mover {
    private static final int BUFFER = 1 << 16;
    private static final int BATCH = 1_000;

    private final PGSimpleDataSource source;
    private final PGSimpleDataSource target;
    private final long rows;

    private Mover(String source, String target, long rows) {
        this.source = dataSource(source);
        this.target = dataSource(target);
        this.rows = rows;
    }

    private static PGSimpleDataSource dataSource(String url) {
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setUrl(url);
        return dataSource;
    }

    /** Which way, from where, where to, how many rows. */
    public static void main(String... arguments) throws SQLException {
        Mover mover = new Mover(arguments[1], arguments[2], Long.parseLong(arguments[3]));
        HeapWatch heap = HeapWatch.start();
        long began = System.nanoTime();
        long moved = mover.move(Way.valueOf(arguments[0]));
        double seconds = (System.nanoTime() - began) / 1e9;
        System.out.println(new Measured(moved, seconds, heap.mostMegabytes(), heap.mostLiveMegabytes()).line());
    }

    private long move(Way way) throws SQLException {
        return switch (way) {
            case COPY -> copy();
            case INSERTS -> inserts();
            case TURNOUT, TURNOUT_AMONG_ROWS, TURNOUT_INDEXED -> backfill();
            case TURNOUT_INDEXES_AFTER -> backfill(Tables.INDEXES.toArray(String[]::new));
        };
    }

    private String select() {
        return "SELECT " + Tables.COLUMNS + " FROM place ORDER BY id LIMIT " + rows;
    }

    // One thread, lines put together to blocks: faster than two threads and a pipe between them.
    private long copy() throws SQLException {
        try (Connection from = source.getConnection();
                Connection into = target.getConnection()) {
            CopyManager reading = from.unwrap(PGConnection.class).getCopyAPI();
            CopyManager writing = into.unwrap(PGConnection.class).getCopyAPI();
            CopyOut out = reading.copyOut("COPY (" + select() + ") TO STDOUT");
            CopyIn in = writing.copyIn("COPY place_v2 (" + Tables.COLUMNS + ") FROM STDIN");
            byte[] block = new byte[BUFFER];
            int filled = 0;
            for (byte[] line = out.readFromCopy(); line != null; line = out.readFromCopy()) {
                if (filled + line.length > block.length) {
                    in.writeToCopy(block, 0, filled);
                    filled = 0;
                }
                System.arraycopy(line, 0, block, filled, line.length);
                filled += line.length;
            }
            in.writeToCopy(block, 0, filled);
            return in.endCopy();
        }
    }

    private long inserts() throws SQLException {
        String columns = Tables.COLUMNS;
        int count = columns.split(",").length;
        String places = Stream.generate(() -> "?").limit(count).collect(Collectors.joining(", "));
        try (Connection from = source.getConnection();
                Connection into = target.getConnection();
                Statement reading = from.createStatement();
                PreparedStatement insert =
                        into.prepareStatement("INSERT INTO place_v2 (" + columns + ") VALUES (" + places + ")")) {
            from.setAutoCommit(false); // else the driver reads all at once
            into.setAutoCommit(false);
            reading.setFetchSize(BATCH);
            long moved = 0;
            try (ResultSet row = reading.executeQuery(select())) {
                while (row.next()) {
                    for (int i = 1; i <= count; i++) {
                        insert.setObject(i, row.getObject(i));
                    }
                    insert.addBatch();
                    if (++moved % BATCH == 0) {
                        insert.executeBatch();
                        into.commit();
                    }
                }
            }
            insert.executeBatch();
            into.commit();
            return moved;
        }
    }

    static TableMapping mapping() {
        return TableMapping.from("place")
                .into("place_v2")
                .key("id")
                .column("name")
                .column("street")
                .column("city")
                .column("population")
                .column("changed_at")
                .version("version", "writer")
                .deleted("deleted")
                .build();
    }

    private long backfill(String... indexesAfter) {
        try (HikariDataSource from = pool(source);
                HikariDataSource into = pool(target)) {
            return Backfill.from(from, mapping())
                    .into(into)
                    .named("places")
                    .createIndexesAfter(indexesAfter)
                    .build()
                    .run("1")
                    .written();
        }
    }

    private static HikariDataSource pool(PGSimpleDataSource database) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(database);
        config.setMaximumPoolSize(4);
        return new HikariDataSource(config);
    }
}
