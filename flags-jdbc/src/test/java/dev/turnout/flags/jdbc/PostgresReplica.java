package dev.turnout.flags.jdbc;

import dev.turnout.flags.jdbc.sql.Statements;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** Two servers of PostgreSQL. */
final class PostgresReplica implements Replica {
    private final EmbeddedPostgres primary;
    private final EmbeddedPostgres replica;

    private PostgresReplica(EmbeddedPostgres primary, EmbeddedPostgres replica) {
        this.primary = primary;
        this.replica = replica;
    }

    static Replica start(Path directory) throws IOException, SQLException {
        Path data = directory.resolve("primary");
        EmbeddedPostgres primary = server(data);
        Path copy = directory.resolve("replica");
        try (Connection connection = primary.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_backup_start('copy', true)");
            copy(data, copy);
            try (ResultSet row = statement.executeQuery("SELECT labelfile FROM pg_backup_stop(false)")) {
                row.next();
                Files.writeString(copy.resolve("backup_label"), row.getString(1));
            }
        }
        Files.createFile(copy.resolve("standby.signal"));
        Files.writeString(
                copy.resolve("postgresql.auto.conf"),
                "primary_conninfo = 'host=127.0.0.1 user=postgres port=" + primary.getPort() + "'\n");
        return new PostgresReplica(primary, server(copy));
    }

    private static EmbeddedPostgres server(Path data) throws IOException {
        return EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setServerConfig("fsync", "off")
                .setServerConfig("max_standby_streaming_delay", "-1") // it ends no query so as to replay
                .setPGStartupWait(Duration.ofMinutes(1))
                .start();
    }

    private static void copy(Path from, Path into) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(from)) {
            files = all.filter(path -> !path.getFileName().toString().startsWith("postmaster."))
                    .toList();
        }
        for (Path path : files) {
            Path copied = into.resolve(from.relativize(path).toString());
            if (Files.isDirectory(path)) {
                Files.createDirectory(
                        copied, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } else {
                Files.copy(path, copied);
            }
        }
    }

    @Override
    public DataSource primary() {
        return primary.getPostgresDatabase();
    }

    @Override
    public DataSource replica() {
        return replica.getPostgresDatabase();
    }

    @Override
    public void delay(Duration delay) {
        Database.execute(
                replica(),
                "ALTER SYSTEM SET recovery_min_apply_delay = '" + delay.toMillis() + "ms'",
                "SELECT pg_reload_conf()");
    }

    @Override
    public boolean isHoldingBack() throws SQLException {
        return Statements.query(
                        replica(),
                        row -> row.getBoolean(1),
                        "SELECT pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()")
                .get(0);
    }

    @Override
    public boolean isReplayed() throws SQLException {
        String done = Statements.query(primary(), row -> row.getString(1), "SELECT pg_current_wal_insert_lsn()")
                .get(0);
        return Statements.query(
                        replica(), row -> row.getBoolean(1), "SELECT pg_last_wal_replay_lsn() >= ?::pg_lsn", done)
                .get(0);
    }

    @Override
    public void promote() {
        Database.execute(replica(), "SELECT pg_promote(true, 100)");
    }

    @Override
    public void close() throws IOException {
        replica.close();
        primary.close();
    }
}
