package dev.turnout.benchmarks.evaluation;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.turnout.benchmarks.WrongAnswerException;
import dev.turnout.flags.EvaluationContext;
import dev.turnout.flags.rule.Bucketing;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.codec.digest.MurmurHash3;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What the parts of a decision cost alone, on the keys that the engines are asked for. */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH calls prepare() first
public class Floors {
    private String[] keys;
    private EvaluationContext[] contexts;
    private byte[][] bytes;
    private String[] flagKeys;
    private int[] flags;
    private Bucketing bucketing;
    private Map<String, Integer> flagMap;
    private Map<String, Integer> memberMap;
    private Set<String> memberSet;
    private volatile int number;

    /** Makes the keys, and sees that what is measured gives what it should. */
    @Setup
    public void prepare() {
        List<User> users = Scenario.SHARE.users();
        contexts = users.stream().map(TurnoutEngine::context).toArray(EvaluationContext[]::new);
        keys = users.stream().map(User::key).toArray(String[]::new);
        bytes = users.stream().map(user -> user.key().getBytes(UTF_8)).toArray(byte[][]::new);
        flagKeys = Scenario.MANY_FLAGS.flagKeys().toArray(String[]::new);
        flags = Scenario.MANY_FLAGS.flags();
        bucketing = new Bucketing(Scenario.SHARE.flagKey(0));
        flagMap = new HashMap<>();
        for (int i = 0; i < Scenario.FLAGS; i++) {
            flagMap.put(Scenario.MANY_FLAGS.flagKey(i), i);
        }
        memberMap = new HashMap<>();
        List<String> members = Scenario.members();
        for (int i = 0; i < members.size(); i++) {
            memberMap.put(members.get(i), i);
        }
        memberSet = new HashSet<>(members);
        check();
    }

    private void check() {
        int members = 0;
        for (int i = 0; i < Scenario.USERS; i++) {
            members += memberSet.contains(keys[i]) && memberMap.containsKey(keys[i]) ? 1 : 0;
            if (MurmurHash3.hash32x86(bytes[i]) != MurmurHash3.hash32x86(keys[i].getBytes(UTF_8))) {
                throw new WrongAnswerException("A key's bytes are not those of the key.");
            }
        }
        if (members != Scenario.USERS / 2 || memberSet.size() != Scenario.MEMBERS) {
            throw new WrongAnswerException("The cohort has " + members + " of the users, and " + memberSet.size()
                    + " members, but should have half of them, and " + Scenario.MEMBERS + ".");
        }
    }

    /** What measuring itself costs: the next question, and what it is about. */
    @Benchmark
    public String nothing(Cursor cursor) {
        return keys[cursor.next()];
    }

    /** The hash of 16 bytes that are there already. */
    @Benchmark
    public int murmurOfBytes(Cursor cursor) {
        return MurmurHash3.hash32x86(bytes[cursor.next()]);
    }

    /** The hash of a key, which is text. */
    @Benchmark
    public int murmurOfKey(Cursor cursor) {
        return MurmurHash3.hash32x86(keys[cursor.next()].getBytes(UTF_8));
    }

    /** Our hash of the flag's salt and the key, mapped onto a million parts. */
    @Benchmark
    public int bucketing(Cursor cursor) {
        return bucketing.bucket(keys[cursor.next()]);
    }

    /** The same, of the key of a context, as engines have to get it. */
    @Benchmark
    public int bucketingOfContext(Cursor cursor) {
        return bucketing.bucket(contexts[cursor.next()].targetingKey());
    }

    /** A look-up among 10,000 flags, in no order. */
    @Benchmark
    public @Nullable Integer flagInMap(Cursor cursor) {
        return flagMap.get(flagKeys[flags[cursor.next()]]);
    }

    /** A look-up among 100,000 members. */
    @Benchmark
    public @Nullable Integer memberInMap(Cursor cursor) {
        return memberMap.get(keys[cursor.next()]); // half of them are not there
    }

    /** The same, of the key of a context, as engines have to get it. */
    @Benchmark
    public @Nullable Integer memberOfContextInMap(Cursor cursor) {
        return memberMap.get(contexts[cursor.next()].targetingKey());
    }

    /** The same in a set. */
    @Benchmark
    public boolean memberInSet(Cursor cursor) {
        return memberSet.contains(keys[cursor.next()]);
    }

    /** What every decision begins with. */
    @Benchmark
    public int volatileRead() {
        return number;
    }
}
