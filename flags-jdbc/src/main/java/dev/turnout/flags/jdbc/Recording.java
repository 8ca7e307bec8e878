package dev.turnout.flags.jdbc;

import dev.turnout.flags.spi.Journal.Entry;
import dev.turnout.flags.spi.Journal.Origin;
import java.sql.SQLException;
import java.util.Set;

/** How the entries of a journal come into its tables: what the modes of a {@link JdbcJournal} do differently. Thread-safe. */
interface Recording<K> {
    /** As {@link dev.turnout.flags.spi.Journal#record}. */
    Entry<K> record(K key, Origin origin);

    /** As {@link dev.turnout.flags.spi.Journal#clear}. */
    void clear(Entry<K> entry);

    /** As {@link dev.turnout.flags.spi.Journal#handOver}. */
    void handOver(Entry<K> entry);

    /** Stores what could not be stored yet. Throws nothing. */
    void retry();

    /** As {@link dev.turnout.flags.spi.Journal#isUpToDate}. */
    boolean isUpToDate();

    /**
     * The keys of entries that are in this process's memory, and may not be in the table. To be read before the table:
     * an entry leaves the memory after it has come into the table, so a reader in this order finds it in one of them.
     */
    Set<K> keysInMemory();

    /** As {@link dev.turnout.flags.spi.Journal#owners}. */
    Set<String> owners() throws SQLException;

    /** As {@link dev.turnout.flags.spi.Journal#evicting}. */
    void evicting(String owner) throws SQLException;

    /** As {@link dev.turnout.flags.spi.Journal#handOverAll}. */
    void handOverAll(String owner) throws SQLException;

    /** As {@link dev.turnout.flags.spi.Journal#evicted}. */
    void evicted(String owner);
}
