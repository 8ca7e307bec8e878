package dev.turnout.flags.jdbc;

import dev.turnout.flags.jdbc.sql.Statements;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;

/** Two servers of MariaDB, which end with the process. */
record MariaDbReplica(DataSource primary, DataSource replica) implements Replica {
    static Replica start(String protocol) {
        int primaryPort = Database.startMariaDb("--server-id=1", "--log-bin=binlog", "--binlog-format=ROW");
        int replicaPort = Database.startMariaDb("--server-id=2");
        DataSource onPrimary = Database.of(protocol + "//127.0.0.1:" + primaryPort + "/mysql?user=root");
        Database.execute(onPrimary, "SET sql_log_bin = 0", "CREATE DATABASE town", "SET sql_log_bin = 1");
        DataSource onReplica = Database.of(protocol + "//127.0.0.1:" + replicaPort + "/mysql?user=root");
        Database.execute(
                onReplica,
                "CREATE DATABASE town",
                "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = " + primaryPort
                        + ", MASTER_USER = 'root', MASTER_SSL = 0, MASTER_USE_GTID = slave_pos",
                "START SLAVE");
        return new MariaDbReplica(
                Database.of(protocol + "//127.0.0.1:" + primaryPort + "/town?user=root"),
                Database.of(protocol + "//127.0.0.1:" + replicaPort + "/town?user=root"));
    }

    @Override
    public void delay(Duration delay) {
        Database.execute(replica, "STOP SLAVE", "CHANGE MASTER TO MASTER_DELAY = " + delay.toSeconds(), "START SLAVE");
    }

    @Override
    public boolean isHoldingBack() throws SQLException {
        return Statements.query(replica, row -> row.getString("SQL_Remaining_Delay") != null, "SHOW REPLICA STATUS")
                .get(0);
    }

    @Override
    public boolean isReplayed() throws SQLException {
        String done = Statements.query(primary, row -> row.getString(1), "SELECT @@gtid_binlog_pos")
                .get(0);
        return Statements.query(replica, row -> row.getInt(1), "SELECT MASTER_GTID_WAIT(?, 0.1)", done)
                        .get(0)
                == 0;
    }

    @Override
    public void promote() {
        Database.execute(replica, "STOP SLAVE", "RESET SLAVE ALL");
    }

    @Override
    public void close() {}
}
