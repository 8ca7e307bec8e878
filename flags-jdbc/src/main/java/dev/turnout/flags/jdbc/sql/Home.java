package dev.turnout.flags.jdbc.sql;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.jdbc.sql.SchemaChange.Table;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tables of one {@link Component} in a database: creates them before the first statement, unless they are there, and runs statements in them, in the
 * schema they are in and with a comment that names their owner. Thread-safe.
 */
public final class Home {
    private static final Logger log = LoggerFactory.getLogger(Home.class);
    // Who loses a race finds everything there the next time; more attempts than two are for the third and fourth node.
    private static final int ATTEMPTS = 5;
    // A change of a table that is in use waits for those who use it, and everybody else behind it.
    private static final String LONGEST_WAIT = "SET LOCAL lock_timeout = '2s'";
    private static final long INSTALLING = AdvisoryLocks.key("turnout_schema");
    private static final Object INSTALLING_IN_THIS_PROCESS = new Object();
    private static final Set<String> NOT_THERE = Set.of("42P01", "42S02", "42S03", "42S04", "90079");
    private static final Pattern SCHEMA = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,62}");
    private static final Pattern TABLES =
            Pattern.compile("(?<![\\w.'])(?:" + String.join("|", Component.allTables()) + ")(?!\\w)");
    private static final int MOST_STATEMENTS = 2_000;

    private final DataSource database;
    private final @Nullable String schema;
    private final boolean createTables;
    private final Component component;
    private final boolean isPatient;
    private final Map<String, String> statements = new ConcurrentHashMap<>();
    private volatile @Nullable Dialect dialect; // when the tables are there

    private Home(
            DataSource database,
            @Nullable String schema,
            boolean createTables,
            Component component,
            boolean isPatient) {
        this.isPatient = isPatient;
        this.database = requireNonNull(database, "database");
        this.schema = schema;
        this.createTables = createTables;
        this.component = component;
        OwnConnections.check(database);
    }

    /** Those in the schema of the session, to be created where they are missing. Nothing is read or written yet. */
    public static Home of(DataSource database, Component component) {
        return new Home(database, null, true, component, false);
    }

    /**
     * Nothing is read or written yet.
     *
     * @param schema {@code null} for that of the session
     * @param createTables whether to create what is missing; it is an error otherwise
     * @throws IllegalArgumentException if the data source gives away the connections of its callers' transactions
     */
    public static Home of(DataSource database, @Nullable String schema, boolean createTables, Component component) {
        return new Home(database, schema, createTables, component, false);
    }

    /**
     * The same tables, for a long run that no caller waits for: all that may pass by itself is tried again, see {@link
     * Transactions#patiently}. So a statement may find that its work was done already, when a connection was lost.
     */
    public Home patient() {
        return new Home(database, schema, createTables, component, true);
    }

    /** The name of a schema, if it can be written without quotes. */
    public static String checkedSchema(String name) {
        if (!SCHEMA.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "The name of a schema has 1 to 63 letters, digits and underscores, and begins with no digit, but was '"
                            + name + "'.");
        }
        return name;
    }

    /** Where the tables are. */
    public DataSource database() {
        return database;
    }

    /** A statement as it is sent: in the schema, and with a comment that names its owner. */
    public String sql(String statement) {
        String known = statements.get(statement);
        if (known == null) {
            String there =
                    schema == null ? statement : TABLES.matcher(statement).replaceAll(schema + ".$0");
            known = "/* turnout " + component.key() + " */ " + there;
            if (statements.size() < MOST_STATEMENTS) {
                statements.put(statement, known);
            }
        }
        return known;
    }

    /** A table's name, with its schema. */
    public String table(String name) {
        return SchemaChange.qualified(schema, name);
    }

    /** Runs work in a transaction; see {@link Transactions#run}. */
    public <T> T run(Transactions.Work<T> work) throws SQLException {
        return installed(() -> Transactions.run(database, work));
    }

    private <T> T installed(Transactions.Attempt<T> work) throws SQLException {
        Transactions.Attempt<T> attempt = () -> {
            install();
            return work.make();
        };
        return isPatient ? Transactions.patiently(attempt) : attempt.make();
    }

    /** Changes rows, and commits. Returns how many. */
    public int update(String sql, @Nullable Object... parameters) throws SQLException {
        return installed(() -> Statements.update(database, sql(sql), parameters));
    }

    /** Changes rows in the connection's transaction. Returns how many. */
    public int update(Connection connection, String sql, @Nullable Object... parameters) throws SQLException {
        return Statements.update(connection, sql(sql), parameters);
    }

    /** Reads rows. */
    public <T> List<T> query(Statements.Row<T> row, String sql, @Nullable Object... parameters) throws SQLException {
        return installed(() -> Statements.query(database, row, sql(sql), parameters));
    }

    /** Reads rows in the connection's transaction. */
    public <T> List<T> query(Connection connection, Statements.Row<T> row, String sql, Object... parameters)
            throws SQLException {
        return Statements.query(connection, row, sql(sql), parameters);
    }

    /** A statement, in the connection's transaction, that the caller closes. */
    public PreparedStatement prepare(Connection connection, String sql) throws SQLException {
        return connection.prepareStatement(sql(sql));
    }

    /** Inserts a row unless it is there; another call that does so at the same time has done it. The parameters of both statements are the same. */
    public void insertUnless(String there, List<?> key, String insert, @Nullable Object... parameters)
            throws SQLException {
        if (!query(row -> 1, there, key.toArray()).isEmpty()) {
            return;
        }
        try {
            update(insert, parameters);
        } catch (SQLException e) {
            if (!Transactions.isDuplicateKey(e)) {
                throw e;
            } // else another node was faster
        }
    }

    /** What the database speaks; creates the tables unless they are there. */
    public Dialect dialect() throws SQLException {
        Dialect known = dialect;
        if (known == null) {
            known = installed(() -> requireNonNull(dialect));
        }
        return known;
    }

    /**
     * Makes sure that the tables are there, and are as this build needs them; does nothing after it has succeeded once. Any number of nodes may do so at
     * once. Where they are there, no right to create any is needed, and nothing is locked. Blocks.
     *
     * @throws SQLException if that is impossible; the message has what is missing, and who can do what
     */
    public void install() throws SQLException {
        if (dialect != null) {
            return;
        }
        Dialect known = Transactions.single(database, Dialect::of);
        if (known == Dialect.H2) { // it has no lock for that, and shows changes of tables that are still being made
            synchronized (INSTALLING_IN_THIS_PROCESS) {
                install(known);
            }
        } else {
            install(known);
        }
    }

    private void install(Dialect known) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try {
                if (isUpToDate() || isComplete(known)) {
                    dialect = known;
                    return;
                }
                if (attempt > ATTEMPTS) {
                    throw new SQLException("The tables of " + component.key()
                            + " were created, and are not there. Does the data source read from a replica?");
                }
                if (!createTables) {
                    throw missing(known, null);
                }
                Transactions.run(database, connection -> create(connection, known));
            } catch (SQLException e) {
                SqlFailure kind = SqlFailure.of(e);
                if (kind == SqlFailure.RIGHTS) {
                    throw missing(known, e);
                }
                boolean isGone = kind == SqlFailure.CONNECTION || kind == SqlFailure.SERVER;
                if (isGone || !createTables || attempt >= ATTEMPTS) {
                    throw e;
                }
                // "If not exists" does not protect from another node that creates the same right now: look again.
            }
        }
    }

    /** By one query, which also fails if one of the tables is not there, or may not be read. */
    private boolean isUpToDate() throws SQLException {
        String tables = component.tables().stream()
                .map(table -> " AND NOT EXISTS (SELECT 1 FROM " + table + " WHERE 1 = 0)")
                .collect(Collectors.joining());
        try {
            return Statements.query(
                            database,
                            row -> row.getInt(1),
                            sql("SELECT version FROM turnout_schema WHERE component = ?" + tables),
                            component.key())
                    .stream()
                    .anyMatch(version -> version >= component.version());
        } catch (SQLException e) {
            if (NOT_THERE.contains(String.valueOf(e.getSQLState()))) {
                return false;
            }
            throw e;
        }
    }

    private List<SchemaChange> missing(Connection connection, Dialect known) throws SQLException {
        List<SchemaChange> missing = new ArrayList<>();
        for (SchemaChange change : component.changes()) {
            if (!change.isThere(connection, known, schema)) {
                missing.add(change);
            }
        }
        return missing;
    }

    /** Whether all is there, but not noted, and this user may not note it: then it was created manually, or by an older build. */
    private boolean isComplete(Dialect known) throws SQLException {
        if (!Transactions.single(database, connection -> missing(connection, known))
                .isEmpty()) {
            return false;
        }
        if (!createTables) {
            return true;
        }
        try {
            Transactions.run(database, connection -> create(connection, known));
        } catch (SQLException e) {
            if (SqlFailure.of(e) != SqlFailure.RIGHTS) {
                throw e;
            }
            log.debug("The tables of {} are there, and it cannot be noted in turnout_schema.", component.key(), e);
            return true;
        }
        return isUpToDate(); // or they may not be read
    }

    private int create(Connection connection, Dialect known) throws SQLException {
        if (known == Dialect.POSTGRES) {
            execute(connection, LONGEST_WAIT);
            Statements.query(connection, row -> 1, "SELECT 1 FROM pg_advisory_xact_lock(?)", INSTALLING);
        }
        List<SchemaChange> missing = missing(connection, known);
        Table versions = Component.VERSIONS;
        if (!versions.isThere(connection, known, schema)) {
            execute(connection, versions.sql(known, schema));
        }
        for (SchemaChange change : missing) {
            execute(connection, change.sql(known, schema));
        }
        note(connection);
        return missing.size();
    }

    private void note(Connection connection) throws SQLException {
        boolean isNoted = !query(
                        connection, row -> 1, "SELECT 1 FROM turnout_schema WHERE component = ?", component.key())
                .isEmpty();
        if (isNoted) {
            update(
                    connection,
                    "UPDATE turnout_schema SET version = ? WHERE component = ? AND version < ?",
                    component.version(),
                    component.key(),
                    component.version());
        } else {
            update(
                    connection,
                    "INSERT INTO turnout_schema (component, version) VALUES (?, ?)",
                    component.key(),
                    component.version());
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private SQLException missing(Dialect known, @Nullable SQLException cause) throws SQLException {
        String what = "";
        try {
            what = Transactions.single(database, connection -> missing(connection, known)).stream()
                    .map(SchemaChange::name)
                    .collect(Collectors.joining(", "));
        } catch (SQLException e) {
            if (cause == null) {
                throw e;
            }
            cause.addSuppressed(e);
        }
        String problem = what.isEmpty()
                ? "The tables of " + component.key()
                        + " are there, and this user may not read them, or not create what they need"
                : "The tables of " + component.key() + " lack " + what
                        + (createTables
                                ? ", which this user may not create"
                                : ", and this node does not create tables");
        String reason = cause == null ? "" : " (" + cause.getMessage() + ")";
        return new SQLException(
                problem + reason
                        + ". Let an operator run what the class dev.turnout.flags.jdbc.Ddl prints for this database, and grant SELECT, INSERT, UPDATE and"
                        + " DELETE on it.",
                cause == null ? null : cause.getSQLState(),
                cause);
    }
}
