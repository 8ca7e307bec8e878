package dev.turnout.flags.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.jdbc.Outbox.Kind;
import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.spi.Journal.Entry;
import dev.turnout.flags.spi.Journal.Origin;
import dev.turnout.flags.stage.Side;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OutboxTest {
    private final LogLines log = new LogLines(JdbcJournal.class);
    private final List<String> stored = new ArrayList<>();
    private final Set<Long> failing = new HashSet<>(); // entries
    private Throwable problem = new SQLException("down");
    private Runnable whileStoring = () -> {};
    private final Outbox<String> outbox = new Outbox<>("m", 3, this::store);
    private boolean down;

    @AfterEach
    void closeLog() {
        log.close();
    }

    private void store(Kind kind, Entry<String> entry) throws SQLException {
        Runnable before = whileStoring;
        whileStoring = () -> {};
        before.run();
        if (down || failing.contains(entry.id())) {
            if (problem instanceof Error error) {
                throw error;
            } else if (problem instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            throw (SQLException) problem;
        }
        stored.add(kind + " " + entry.id());
    }

    private static Entry<String> entry(long id, boolean versioned) {
        return new Entry<>("key " + id, new Origin("member " + id, Side.OLD, versioned), id);
    }

    private static Entry<String> entry(long id) {
        return entry(id, false);
    }

    @Test
    void what_can_be_stored_is_stored_at_once() {
        outbox.send(Kind.CLEAR, entry(1));
        outbox.send(Kind.HAND_OVER, entry(2));

        assertThat(stored).containsExactly("CLEAR 1", "HAND_OVER 2");
        assertThat(outbox.isEmpty()).isTrue();
        outbox.retry();
        assertThat(stored).hasSize(2);
        assertThat(log.all()).isEmpty();
    }

    @Test
    void what_fails_again_and_again_is_kept_until_it_is_stored() {
        down = true;
        outbox.send(Kind.CLEAR, entry(1));
        outbox.send(Kind.HAND_OVER, entry(2));
        for (int attempt = 0; attempt < 10; attempt++) {
            outbox.retry();
            assertThat(outbox.size()).isEqualTo(2);
            assertThat(outbox.handOvers()).extracting(Entry::id).containsExactly(2L);
        }
        down = false;
        outbox.retry();

        assertThat(stored).containsExactlyInAnyOrder("CLEAR 1", "HAND_OVER 2");
        assertThat(outbox.isEmpty()).isTrue();
    }

    @Test
    void whatever_a_driver_throws_is_a_failure() {
        down = true;
        for (Throwable any : List.of(new OutOfMemoryError("no more threads"), new IllegalStateException("closed"))) {
            problem = any;
            outbox.send(Kind.HAND_OVER, entry(1));
            outbox.retry();
        }
        assertThat(outbox.size()).isEqualTo(1);
        down = false;
        outbox.retry();

        assertThat(stored).containsExactly("HAND_OVER 1");
    }

    @Test
    void one_that_alone_cannot_be_stored_does_not_keep_the_others_waiting() {
        down = true;
        outbox.send(Kind.HAND_OVER, entry(1));
        outbox.send(Kind.HAND_OVER, entry(2));
        outbox.send(Kind.HAND_OVER, entry(3));
        down = false;
        failing.add(1L);
        outbox.retry();
        outbox.retry();

        assertThat(stored).containsExactly("HAND_OVER 2", "HAND_OVER 3");
        assertThat(outbox.handOvers()).containsExactly(entry(1));
    }

    @Test
    void of_one_entry_what_was_said_first_is_stored_first() {
        down = true;
        outbox.send(Kind.HAND_OVER, entry(1));
        down = false;
        outbox.send(Kind.CLEAR, entry(1)); // would overtake
        assertThat(stored).isEmpty();
        outbox.retry();

        assertThat(stored).containsExactly("HAND_OVER 1");
        assertThat(outbox.isEmpty()).isTrue();
    }

    @Test
    void a_hand_over_after_a_clear_counts_with_versions_only() {
        down = true;
        outbox.send(Kind.CLEAR, entry(1, true));
        outbox.send(Kind.HAND_OVER, entry(1, true));
        outbox.send(Kind.CLEAR, entry(2));
        outbox.send(Kind.HAND_OVER, entry(2));
        down = false;
        outbox.retry();

        assertThat(stored).containsExactlyInAnyOrder("HAND_OVER 1", "CLEAR 2");
    }

    @Test
    void what_is_said_while_another_is_stored_is_stored_too() {
        down = true;
        outbox.send(Kind.CLEAR, entry(1, true));
        down = false;
        whileStoring = () -> outbox.send(Kind.HAND_OVER, entry(1, true));
        outbox.retry();
        outbox.retry();

        assertThat(stored).containsExactly("CLEAR 1", "HAND_OVER 1");
        assertThat(outbox.isEmpty()).isTrue();
    }

    @Test
    void what_is_dropped_is_not_stored_even_if_it_has_just_failed() {
        down = true;
        outbox.send(Kind.HAND_OVER, entry(1));
        outbox.send(Kind.CLEAR, entry(2));
        whileStoring = () -> assertThat(outbox.drop(entry -> entry.id() == 1)).containsExactly(entry(1));
        outbox.retry();
        down = false;
        outbox.retry();

        assertThat(stored).containsExactly("CLEAR 2");
        assertThat(outbox.isEmpty()).isTrue();
    }

    @Test
    void it_tells_when_no_more_should_be_added_and_keeps_what_is_added_all_the_same() {
        down = true;
        for (int id = 1; id <= 3; id++) {
            assertThat(outbox.isFull()).isFalse();
            outbox.send(Kind.CLEAR, entry(id));
        }
        assertThat(outbox.isFull()).isTrue();
        outbox.send(Kind.CLEAR, entry(4));
        assertThat(outbox.size()).isEqualTo(4);
        down = false;
        outbox.retry();

        assertThat(stored).hasSize(4);
        assertThat(outbox.isFull()).isFalse();
    }

    @Test
    void an_outage_is_logged_once_and_so_is_its_end() {
        down = true;
        outbox.send(Kind.CLEAR, entry(1));
        outbox.send(Kind.CLEAR, entry(2));
        outbox.retry();
        outbox.retry();
        assertThat(log.all()).singleElement().asString().startsWith("WARN The journal cannot be written, migration=m.");
        down = false;
        outbox.send(Kind.CLEAR, entry(3));
        assertThat(log.all()).as("some still wait").hasSize(1);
        outbox.retry();
        outbox.retry();

        assertThat(log.all())
                .hasSize(2)
                .last()
                .asString()
                .startsWith("INFO The journal can be written again, migration=m.");
        down = true;
        outbox.retry();
        assertThat(log.all()).as("nothing is to be stored").hasSize(2);
        outbox.send(Kind.CLEAR, entry(4));
        assertThat(log.all()).as("another outage").hasSize(3);
    }
}
