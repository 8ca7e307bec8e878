package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.repair.Journal;
import dev.turnout.flags.stage.Side;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/**
 * A journal in a table, as simple as it can be: it stands in for one of the library's own. Two nodes may repair one key at once, which paths with
 * versions allow.
 */
final class ControlJournal implements Journal<Long> {
    private final ControlTables tables;
    private final Set<Long> claimed = ConcurrentHashMap.newKeySet();
    private final BlockingQueue<Runnable> later = new LinkedBlockingQueue<>();

    ControlJournal(DataSource database) {
        tables = new ControlTables(database);
        Thread thread = new Thread(this::doLater, "control-journal");
        thread.setDaemon(true);
        thread.start();
    }

    private void doLater() {
        try {
            while (true) {
                Runnable next = later.take();
                while (!succeeds(next)) {
                    TimeUnit.MILLISECONDS.sleep(100);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean succeeds(Runnable statement) {
        try {
            statement.run();
            return true;
        } catch (StoreException e) {
            return false;
        }
    }

    private void soon(String sql, Object... arguments) {
        Runnable statement = () -> tables.update(sql, arguments);
        if (!succeeds(statement)) {
            later.add(statement);
        }
    }

    @Override
    public String id() {
        return "control";
    }

    @Override
    public Entry<Long> record(Long key, Side source, String owner) {
        long id = tables.query(
                        row -> row.getLong(1),
                        "INSERT INTO entry (key, source, owner) VALUES (?, ?, ?) RETURNING id",
                        key,
                        source.name(),
                        owner)
                .get(0);
        return new Entry<>(key, source, owner, id);
    }

    @Override
    public void clear(Entry<Long> entry) {
        soon("DELETE FROM entry WHERE id = ? AND NOT handed_over", entry.id());
    }

    @Override
    public void handOver(Entry<Long> entry) {
        soon("UPDATE entry SET handed_over = true, handed_at = now() WHERE id = ? AND NOT handed_over", entry.id());
    }

    @Override
    public Set<String> owners() {
        return Set.copyOf(
                tables.query(row -> row.getString(1), "SELECT DISTINCT owner FROM entry WHERE NOT handed_over"));
    }

    @Override
    public void countedOut(String owner) {
        tables.update(
                "UPDATE entry SET handed_over = true, handed_at = now() WHERE owner = ? AND NOT handed_over", owner);
    }

    @Override
    public Optional<Claim<Long>> claim() {
        return tables
                .query(
                        row -> row.getLong(1),
                        "SELECT key FROM entry WHERE handed_over AND due <= now() ORDER BY id LIMIT 20")
                .stream()
                .flatMap(key -> claim(key).stream())
                .findFirst();
    }

    @Override
    public Optional<Claim<Long>> claim(Long key) {
        if (!claimed.add(key)) {
            return Optional.empty();
        }
        boolean done = false;
        try {
            List<Long> noted =
                    tables.query(row -> row.getLong(1), "SELECT id FROM entry WHERE handed_over AND key = ?", key);
            done = true;
            return Optional.of(new Taken(key, noted));
        } finally {
            if (!done) {
                claimed.remove(key);
            }
        }
    }

    private final class Taken implements Claim<Long> {
        private final long key;
        private final List<Long> noted;

        Taken(long key, List<Long> noted) {
            this.key = key;
            this.noted = noted;
        }

        @Override
        public Long key() {
            return key;
        }

        @Override
        public Optional<Side> source() {
            return noted.isEmpty() ? Optional.empty() : Optional.of(Side.OLD); // paths with versions don't ask
        }

        @Override
        public void repaired() {
            claimed.remove(key);
            noted.forEach(id -> soon("DELETE FROM entry WHERE id = ?", id));
        }

        @Override
        public void failed() {
            claimed.remove(key);
            soon("UPDATE entry SET due = now() + interval '200 ms' WHERE key = ? AND handed_over", key);
        }

        @Override
        public void park(String problem) {
            throw new IllegalStateException("Key " + key + " can't be repaired: " + problem);
        }
    }

    @Override
    public List<Long> keys() {
        return tables.query(row -> row.getLong(1), "SELECT DISTINCT key FROM entry");
    }

    @Override
    public long depth() {
        return tables.query(row -> row.getLong(1), "SELECT count(DISTINCT key) FROM entry WHERE handed_over")
                .get(0);
    }

    @Override
    public Duration age() {
        return tables.query(
                        row -> Duration.ofMillis((long) row.getDouble(1)),
                        "SELECT coalesce(1000 * extract(epoch FROM now() - min(handed_at)), 0) FROM entry WHERE handed_over")
                .get(0);
    }

    @Override
    public List<Parked<Long>> parked(int most) {
        return List.of();
    }

    @Override
    public void unpark() {}
}
