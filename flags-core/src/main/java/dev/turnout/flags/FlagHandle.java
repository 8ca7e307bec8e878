package dev.turnout.flags;

import org.jspecify.annotations.Nullable;

/**
 * One flag and the default for it, for callers who ask often: the flag is looked up once for each revision, and not once for each call.
 * Thread-safe; keep it as long as the {@link Flags} it is from.
 *
 * <pre>{@code
 * private final FlagHandle<Boolean> newCheckout = flags.flag("new-checkout", false);
 * ...
 * if (newCheckout.value(user)) { ... }
 * }</pre>
 */
public final class FlagHandle<T> {
    private record Found(FlagsSnapshot in, @Nullable CompiledFlag flag) {}

    private final Flags flags;
    private final String flagKey;
    private final T defaultValue;
    // Not volatile: whichever thread's value is seen is immutable, and compared with the snapshot that it was found in.
    private Found found;

    FlagHandle(Flags flags, String flagKey, T defaultValue) {
        this.flags = flags;
        this.flagKey = flagKey;
        this.defaultValue = defaultValue;
        found = findIn(flags.snapshot());
    }

    private Found findIn(FlagsSnapshot snapshot) {
        return new Found(snapshot, snapshot.flags().get(flagKey));
    }

    private Found current() {
        FlagsSnapshot snapshot = flags.snapshot();
        Found last = found;
        if (last.in() != snapshot) {
            last = findIn(snapshot);
            found = last;
        }
        return last;
    }

    /** The flag's value; see {@link Flags#value}. */
    public T value(EvaluationContext context) {
        Found now = current();
        return now.in().value(now.flag(), flagKey, defaultValue, context);
    }

    /** The flag's value and why it came out as it did; see {@link Flags#details}. */
    public EvaluationDetails<T> details(EvaluationContext context) {
        Found now = current();
        return now.in().details(now.flag(), flagKey, defaultValue, context);
    }
}
