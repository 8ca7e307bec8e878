package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.migration.Versioned;
import java.util.List;
import javax.sql.DataSource;

/** One of the two tables that are compared. */
interface KeyedTable<K, V> {
    /** For messages: the authority, or the mirror. */
    String name();

    /** The one that it is in. */
    DataSource database();

    /** What it has of each of the keys now. */
    List<Versioned<V>> read(List<K> keys);
}
