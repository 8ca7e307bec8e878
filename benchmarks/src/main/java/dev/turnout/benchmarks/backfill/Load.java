package dev.turnout.benchmarks.backfill;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Other clients of a database, each with one long query after the other. */
final class Load implements AutoCloseable {
    private final List<Thread> clients = new ArrayList<>();
    private volatile boolean closed;

    private Load() {}

    static Load start(String url, int clients) {
        Load load = new Load();
        for (int i = 0; i < clients; i++) {
            Thread client = new Thread(() -> load.query(url), "load-" + i);
            load.clients.add(client);
            client.start();
        }
        return load;
    }

    private void query(String url) {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            while (!closed) {
                statement.execute("SELECT sum(hashtextextended(md5(name || street), 0)) FROM"
                        + " (SELECT name, street FROM place LIMIT 100000) part");
            }
        } catch (SQLException e) {
            throw new IllegalStateException("The load cannot be made.", e);
        }
    }

    /** Waits for the last queries. */
    @Override
    public void close() {
        closed = true;
        for (Thread client : clients) {
            try {
                client.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
