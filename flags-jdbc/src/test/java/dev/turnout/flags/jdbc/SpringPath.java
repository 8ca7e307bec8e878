package dev.turnout.flags.jdbc;

import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.migration.VersionedDataPath;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** A repository as Spring's users write them: its methods join the transaction of their caller, or have one of their own. */
final class SpringPath implements VersionedDataPath<Long, String> {
    final TransactionTemplate caller;
    private final JdbcTemplate database;
    private final TransactionTemplate transaction;

    /** @param propagation of its own methods; see {@link TransactionDefinition} */
    SpringPath(DataSource pool, int propagation) {
        DataSourceTransactionManager manager = new DataSourceTransactionManager(pool);
        caller = new TransactionTemplate(manager);
        transaction = new TransactionTemplate(manager);
        transaction.setPropagationBehavior(propagation);
        database = new JdbcTemplate(pool);
    }

    void createTable() {
        database.execute(
                "CREATE TABLE orders (id BIGINT PRIMARY KEY, content VARCHAR(100), counter BIGINT NOT NULL, writer BIGINT NOT NULL)");
    }

    @Override
    public Versioned<String> read(Long key) {
        return read(key, "");
    }

    private Versioned<String> read(Long key, String suffix) {
        List<Versioned<String>> records = database.query(
                "SELECT content, counter, writer FROM orders WHERE id = ?" + suffix,
                (row, number) -> {
                    Version version = new Version(row.getLong("counter"), row.getLong("writer"));
                    String content = row.getString("content");
                    return content == null ? Versioned.<String>deleted(version) : Versioned.of(version, content);
                },
                key);
        return records.isEmpty() ? Versioned.absent() : records.get(0);
    }

    @Override
    public boolean writeIfNewer(Long key, Versioned<String> record) {
        return Boolean.TRUE.equals(transaction.execute(status -> {
            Versioned<String> there = read(key, " FOR UPDATE");
            return record.isNewerThan(there) && write(key, there, record);
        }));
    }

    @Override
    public boolean replace(Long key, Version expected, Versioned<String> record) {
        return Boolean.TRUE.equals(transaction.execute(status -> {
            Versioned<String> there = read(key, " FOR UPDATE");
            return there.version().equals(expected) && write(key, there, record);
        }));
    }

    private boolean write(Long key, Versioned<String> there, Versioned<String> record) {
        String sql = there.version().equals(Version.ABSENT)
                ? "INSERT INTO orders (content, counter, writer, id) VALUES (?, ?, ?, ?)"
                : "UPDATE orders SET content = ?, counter = ?, writer = ? WHERE id = ?";
        return database.update(
                        sql,
                        record.value().orElse(null),
                        record.version().counter(),
                        record.version().writer(),
                        key)
                == 1;
    }
}
