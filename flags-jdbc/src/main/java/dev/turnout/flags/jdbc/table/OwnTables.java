package dev.turnout.flags.jdbc.table;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.jdbc.sql.OwnConnections;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Where this library keeps its own tables. Everything that has some takes this in the place of a data source. Immutable.
 *
 * <pre>{@code
 * OwnTables tables = OwnTables.in(dataSource).schema("turnout").createTables(false);
 * Flags flags = Flags.builder(JdbcFlagStore.in(tables)).fleet(JdbcFleetStore.in(tables)).build();
 * }</pre>
 *
 * @param database the pool itself, and nothing that gives the connections of its callers' transactions; it stays the caller's. Below 8 connections, best a
 *     small pool of its own, of two: where the application's threads hold all connections of a pool, heartbeats wait for them too, and a node whose lease is
 *     over rejects operations. A caller in a transaction waits at most a second for a connection of a HikariCP or Tomcat pool that is used up, as it holds one
 *     most likely
 * @param schema the schema, in MariaDB and MySQL the database, that the tables are in, which must exist; {@code null}, the default, for that of the
 *     session, in PostgreSQL any of its search path
 * @param createTables whether what is missing is created; default: {@code true}
 * @param keepConnection whether a node's heartbeats keep one connection as long as it is in the fleet, to never wait for the application; default:
 *     {@code true}. Done where the data source is a HikariCP or Tomcat pool of at least 8 connections that does not look for leaks
 */
public record OwnTables(DataSource database, @Nullable String schema, boolean createTables, boolean keepConnection) {
    /**
     * Checks.
     *
     * @throws IllegalArgumentException if the data source gives away the connections of its callers' transactions, or the schema's name would have to be
     *     quoted
     */
    public OwnTables {
        OwnConnections.check(requireNonNull(database, "database"));
        if (schema != null) {
            Home.checkedSchema(schema);
        }
    }

    /** In the schema of the session, and created where they are missing. */
    public static OwnTables in(DataSource database) {
        return new OwnTables(database, null, true, true);
    }

    /** In that schema. */
    public OwnTables schema(String name) {
        return new OwnTables(database, requireNonNull(name, "name"), createTables, keepConnection);
    }

    /** With {@code false} nothing is created: a missing table or column is an error, whose message has what an operator can do. */
    public OwnTables createTables(boolean whereMissing) {
        return new OwnTables(database, schema, whereMissing, keepConnection);
    }

    /** With {@code false} no connection of the pool is kept for heartbeats: they wait for one as everybody else does. */
    public OwnTables keepConnection(boolean ofLargePools) {
        return new OwnTables(database, schema, createTables, ofLargePools);
    }
}
