package dev.turnout.flags.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tables of which a few rows fill the memory. */
class LargeRowsTest {
    private static final int MEGABYTE = 1 << 20;
    private static final int LONG_ROWS = Integer.getInteger("large.rows", 40);
    private static final AtomicInteger NEXT = new AtomicInteger();

    @TempDir
    private Path directory;

    @ParameterizedTest
    @MethodSource("dev.turnout.flags.jdbc.Database#pairs")
    @Timeout(120)
    void are_copied_and_compared_in_little_memory(Database from, Database into) throws Exception {
        // An H2 in the same process needs some for what it writes.
        copiesAndCompares(from, into, 20, 4 * MEGABYTE, into == Database.H2 ? "160m" : "80m");
    }

    @ParameterizedTest
    @MethodSource("dev.turnout.flags.jdbc.Database#pairs")
    @Tag("long")
    @Timeout(1_800)
    void of_sixteen_megabytes_are_copied_and_compared_in_little_memory(Database from, Database into) throws Exception {
        copiesAndCompares(from, into, LONG_ROWS, 16 * MEGABYTE, into == Database.H2 ? "768m" : "256m");
    }

    private void copiesAndCompares(Database from, Database into, int rows, int bytes, String heap) throws Exception {
        String source = url(from);
        String target = url(into);
        try (Connection connection = DriverManager.getConnection(source)) {
            create(connection, from, "film");
            fill(connection, from, rows, bytes);
        }
        try (Connection connection = DriverManager.getConnection(target)) {
            create(connection, into, "film_v2");
        }

        WorkerProcess worker = WorkerProcess.start(List.of("-Xmx" + heap), LargeRowsProcess.class, source, target);
        List<String> said;
        try {
            worker.await("finished");
            said = worker.lines("");
        } finally {
            worker.end();
        }

        if (Boolean.getBoolean("large.report")) {
            System.out.println(from + " into " + into + ": " + said);
        }
        assertThat(said)
                .as("%s into %s", from, into)
                .anyMatch(line -> line.startsWith("copied " + rows + " "))
                .anyMatch(line -> line.startsWith("compared true " + rows + " "));
    }

    /** Of a database of its own; the one of an H2 is in a file, and open as long as it is in use. */
    private String url(Database kind) throws SQLException {
        return switch (kind) {
            case H2 ->
                "jdbc:h2:" + directory.resolve("films" + NEXT.incrementAndGet()).toAbsolutePath();
            case POSTGRES -> WorkerProcess.url(kind.create());
            case MARIADB -> MariaDb.url("jdbc:mariadb:");
            case MARIADB_AS_MYSQL -> MariaDb.url("jdbc:mysql:");
        };
    }

    private static void create(Connection connection, Database kind, String table) throws SQLException {
        String columns = switch (kind) {
            case H2 -> "picture BLOB, script CLOB";
            case POSTGRES -> "picture BYTEA, script TEXT";
            case MARIADB, MARIADB_AS_MYSQL ->
                "picture LONGBLOB, script LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";
        };
        try (var statement = connection.createStatement()) {
            statement.execute("CREATE TABLE " + table + " (id INT NOT NULL PRIMARY KEY, " + columns + ")");
        }
    }

    /** Every other row has a picture, the rest a script. */
    private static void fill(Connection connection, Database kind, int rows, int bytes) throws SQLException {
        String film = switch (kind) {
            case POSTGRES ->
                "INSERT INTO film VALUES (?, decode(repeat(md5(?), " + bytes / 16 + "), 'hex'), repeat(md5(?), "
                        + bytes / 32 + "))";
            case MARIADB, MARIADB_AS_MYSQL ->
                "INSERT INTO film VALUES (?, UNHEX(REPEAT(MD5(?), " + bytes / 16 + ")), REPEAT(MD5(?), " + bytes / 32
                        + "))";
            case H2 -> "INSERT INTO film VALUES (?, ?, ?)";
        };
        try (PreparedStatement statement = connection.prepareStatement(film)) {
            for (int id = 1; id <= rows; id++) {
                boolean hasPicture = id % 2 == 0;
                statement.setInt(1, id);
                if (kind == Database.H2) {
                    String line = "%031d%n".formatted(id);
                    String text = line.repeat(bytes / line.length());
                    statement.setBinaryStream(
                            2, hasPicture ? new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)) : null);
                    statement.setCharacterStream(3, hasPicture ? null : new StringReader(text));
                } else {
                    statement.setString(2, hasPicture ? "picture " + id : null);
                    statement.setString(3, hasPicture ? null : "script " + id);
                }
                statement.executeUpdate();
            }
        }
    }

    /** One that takes rows of that size. */
    private static final class MariaDb {
        private static int port;

        static synchronized String url(String protocol) throws SQLException {
            if (port == 0) {
                port = Database.startMariaDb("--max-allowed-packet=128M");
            }
            String server = protocol + "//127.0.0.1:" + port + "/";
            String name = "films" + NEXT.incrementAndGet();
            try (Connection connection = DriverManager.getConnection(server + "?user=root");
                    var statement = connection.createStatement()) {
                statement.execute("CREATE DATABASE " + name);
            }
            return server + name + "?user=root";
        }
    }
}
