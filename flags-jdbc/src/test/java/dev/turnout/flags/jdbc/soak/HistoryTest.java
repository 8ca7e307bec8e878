package dev.turnout.flags.jdbc.soak;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.stage.Stage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryTest {
    @TempDir
    private Path directory;

    @Test
    void what_was_recorded_is_read_as_it_was() throws IOException {
        OpRecorder recorder = new OpRecorder(directory, "user");
        recorder.begins(Op.Kind.PUT, 5, 77);
        recorder.ended(Op.Outcome.OK, Op.NOTHING);
        recorder.begins(Op.Kind.UPDATE, 5, 78);
        recorder.ended(Op.Outcome.UNKNOWN, 77);
        recorder.begins(Op.Kind.UPDATE, 5, 79);
        recorder.ended(
                Op.Outcome.OK,
                Op.NOTHING,
                Op.NOTHING,
                Op.bits(Stage.OFF, Stage.COMPLETE)); // there was nothing to update

        List<Op> ops = new History(directory).of(5);

        assertThat(ops).extracting(Op::kind).containsExactly(Op.Kind.PUT, Op.Kind.UPDATE, Op.Kind.UPDATE);
        assertThat(ops).extracting(Op::outcome).containsExactly(Op.Outcome.OK, Op.Outcome.UNKNOWN, Op.Outcome.OK);
        assertThat(ops).extracting(Op::stages).containsExactly(0, 0, Op.bits(Stage.OFF, Stage.COMPLETE));
        assertThat(ops).extracting(Op::written).containsExactly(77L, 78L, Op.NOTHING);
        assertThat(ops).extracting(Op::read).containsExactly(Op.NOTHING, 77L, Op.NOTHING);
        assertThat(ops).allSatisfy(op -> assertThat(op.start()).isLessThanOrEqualTo(op.end()));
    }

    @Test
    void what_has_not_ended_is_there_and_its_outcome_is_unknown() throws IOException {
        OpRecorder recorder = new OpRecorder(directory, "user");
        recorder.begins(Op.Kind.DELETE, (1L << 40) - 1, -5);

        Op op = new History(directory).of((1L << 40) - 1).get(0);

        assertThat(op.outcome()).isEqualTo(Op.Outcome.BEGUN);
        assertThat(op.knownEnd()).isEqualTo(Op.NEVER);
        assertThat(op.written()).isEqualTo(-5);
    }

    @Test
    @Tag("long")
    void one_stale_read_among_ten_million_operations_is_found() throws IOException {
        OpRecorder recorder = new OpRecorder(directory, "user");
        SplittableRandom random = new SplittableRandom(42);
        Map<Long, Long> stored = new HashMap<>();
        for (long i = 1; i <= 10_000_000; i++) {
            long key = random.nextInt(4) > 0 ? random.nextInt(10_000) : random.nextInt(8); // some are hot
            if (random.nextInt(10) == 0 && i < 9_000_000) {
                recorder.begins(Op.Kind.PUT, key, i);
                recorder.ended(Op.Outcome.OK, Op.NOTHING);
                stored.put(key, i);
            } else {
                recorder.begins(Op.Kind.GET, key, Op.NOTHING);
                recorder.ended(Op.Outcome.OK, i == 9_000_000 ? Op.NOTHING : stored.getOrDefault(key, Op.NOTHING));
            }
        }

        Verdict verdict = new History(directory).check(stored);

        assertThat(verdict.operations()).isEqualTo(10_000_000);
        assertThat(verdict.stale()).isEqualTo(1);
        assertThat(verdict.lost()).isZero();
        assertThat(verdict.notLinearizable()).isEqualTo(1);
    }

    @Test
    void many_operations_of_several_users_are_checked_key_by_key() throws IOException {
        OpRecorder one = new OpRecorder(directory, "one");
        OpRecorder other = new OpRecorder(directory, "other");
        for (int i = 1; i <= 30_000; i++) { // more than fit into a file
            one.begins(Op.Kind.PUT, i, i);
            one.ended(Op.Outcome.OK, Op.NOTHING);
            other.begins(Op.Kind.GET, i, Op.NOTHING);
            other.ended(Op.Outcome.OK, i % 10_000 == 0 ? Op.NOTHING : i);
        }
        Map<Long, Long> stored = new HashMap<>();
        for (long key = 1; key <= 30_000; key++) {
            stored.put(key, key);
        }
        stored.put(17L, 16L);
        stored.remove(18L);

        Verdict verdict = new History(directory).check(stored);

        assertThat(verdict.operations()).isEqualTo(60_000);
        assertThat(verdict.stale()).isEqualTo(3);
        assertThat(verdict.lost()).isEqualTo(1); // 18; the value of 17 is one that was never written there
        assertThat(verdict.notLinearizable()).isEqualTo(5);
        assertThat(verdict.samples()).hasSize(5);
    }
}
