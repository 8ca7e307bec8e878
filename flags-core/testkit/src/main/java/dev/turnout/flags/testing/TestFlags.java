package dev.turnout.flags.testing;

import dev.turnout.flags.Flags;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.rule.FlagType;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.InMemoryFlagStore;
import java.util.Map;

/**
 * Flags that a test sets as it needs them: the real thing, over a store in memory. Each test has its own, so tests may run in parallel.
 *
 * <pre>{@code
 * try (TestFlags flags = TestFlags.create().set("new-checkout", true)) {
 *   Shop shop = new Shop(flags.flags());
 *   ...
 * }
 * }</pre>
 */
public final class TestFlags implements AutoCloseable {
    private final InMemoryFlagStore store = new InMemoryFlagStore();
    private final Flags flags = Flags.from(store);

    private TestFlags() {}

    /** Without any flag. */
    public static TestFlags create() {
        return new TestFlags();
    }

    /** What the code under test is given. */
    public Flags flags() {
        return flags;
    }

    /** Makes a flag answer this to everyone, from now on. */
    public TestFlags set(String flagKey, boolean on) {
        return put(Flag.bool(flagKey).byDefault(on ? "on" : "off").build());
    }

    /** Makes a flag answer this to everyone, from now on. */
    public TestFlags set(String flagKey, String value) {
        return put(FlagType.STRING, flagKey, value);
    }

    /** Makes a flag answer this to everyone, from now on. */
    public TestFlags set(String flagKey, long value) {
        return put(FlagType.INTEGER, flagKey, value);
    }

    /** Makes a flag answer this to everyone, from now on. */
    public TestFlags set(String flagKey, double value) {
        return put(FlagType.FLOAT, flagKey, value);
    }

    /** Makes a flag answer this to everyone, from now on. */
    public TestFlags set(String flagKey, Map<String, ?> value) {
        return put(FlagType.OBJECT, flagKey, value);
    }

    private TestFlags put(FlagType type, String flagKey, Object value) {
        return put(Flag.of(type, flagKey, "value", value).build());
    }

    /** Puts a flag with all its rules in place of the one of that key. */
    public TestFlags put(Flag flag) {
        EntryKey key = EntryKey.flag(flag.key());
        store.apply(Change.by("test", "sets " + key).put(flag, store.read().idOf(key)));
        return this;
    }

    /** Removes a flag: callers get their own default. */
    public TestFlags remove(String flagKey) {
        EntryKey key = EntryKey.flag(flagKey);
        store.apply(Change.by("test", "removes " + key).remove(key, store.read().idOf(key)));
        return this;
    }

    @Override
    public void close() {
        flags.close();
    }
}
