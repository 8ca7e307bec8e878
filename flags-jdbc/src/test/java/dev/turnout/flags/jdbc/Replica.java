package dev.turnout.flags.jdbc;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;

/** Two servers, one of which replays what the other one does. */
public interface Replica extends AutoCloseable {
    /** Starts both; the directory is for what they keep. */
    static Replica start(Database kind, Path directory) throws Exception {
        return switch (kind) {
            case POSTGRES -> PostgresReplica.start(directory);
            case MARIADB -> MariaDbReplica.start("jdbc:mariadb:");
            case MARIADB_AS_MYSQL -> MariaDbReplica.start("jdbc:mysql:");
            case H2 -> throw new IllegalArgumentException("H2 has no replicas.");
        };
    }

    DataSource primary();

    DataSource replica();

    /** From now on it replays what is committed so much later. */
    void delay(Duration delay);

    /** Whether it has got something that it must not replay yet. */
    boolean isHoldingBack() throws SQLException;

    /** Whether all that the primary has done until now is replayed. */
    boolean isReplayed() throws SQLException;

    /** Makes it a server of its own. */
    void promote();
}
