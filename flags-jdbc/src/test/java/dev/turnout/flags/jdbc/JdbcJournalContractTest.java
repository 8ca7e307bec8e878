package dev.turnout.flags.jdbc;

import dev.turnout.flags.jdbc.JdbcJournal.Mode;
import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.spi.contract.JournalContract;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@ParameterizedClass
@MethodSource("databasesAndModes")
@Timeout(120)
class JdbcJournalContractTest extends JournalContract {
    private final LogLines log = new LogLines(JdbcJournal.class); // of nodes that are cut off
    private final DataSource database;
    private final Mode mode;
    private final Map<JdbcJournal<String>, Faults> nodes = new LinkedHashMap<>();

    JdbcJournalContractTest(Database database, Mode mode) {
        this.database = database.create();
        this.mode = mode;
    }

    static Stream<Arguments> databasesAndModes() {
        return Database.each().flatMap(database -> Stream.of(Mode.values()).map(mode -> Arguments.of(database, mode)));
    }

    @AfterEach
    void close() {
        nodes.values().forEach(faults -> faults.setDown(false));
        nodes.keySet().forEach(JdbcJournal::close);
        log.close();
    }

    @Override
    protected Journal<String> open() {
        Faults faults = new Faults(database);
        JdbcJournal<String> opened = JdbcJournal.builder(faults.dataSource(), "m", KeyCodec.strings())
                .mode(mode)
                .build();
        nodes.put(opened, faults);
        return opened;
    }

    @Override
    protected boolean isCutOff(Journal<String> node) {
        nodes.get(node).setDown(true);
        return true;
    }

    @Override
    protected void connect(Journal<String> node) {
        nodes.get(node).setDown(false);
    }

    @Override
    protected void pass(Duration time) {
        Thread.onSpinWait(); // the database's clock runs by itself
    }
}
