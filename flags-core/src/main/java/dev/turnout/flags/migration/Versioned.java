package dev.turnout.flags.migration;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A record and its version, or the tombstone that a deleted record leaves. Immutable. */
public final class Versioned<V> {
    private static final Versioned<?> NOTHING = new Versioned<>(Version.ABSENT, null);

    private final Version version;
    private final @Nullable V value;

    private Versioned(Version version, @Nullable V value) {
        this.version = version;
        this.value = value;
    }

    /** A record. */
    public static <V> Versioned<V> of(Version version, V value) {
        return new Versioned<>(version, requireNonNull(value, "value"));
    }

    /** A tombstone. */
    public static <V> Versioned<V> deleted(Version version) {
        return new Versioned<>(version, null);
    }

    /** Neither a record nor a tombstone. */
    @SuppressWarnings("unchecked") // holds no value of any type
    public static <V> Versioned<V> absent() {
        return (Versioned<V>) NOTHING;
    }

    /** Its version; {@link Version#ABSENT} if there was never a record. */
    public Version version() {
        return version;
    }

    /** The record; empty if it was deleted, or never there. */
    public Optional<V> value() {
        return Optional.ofNullable(value);
    }

    /** Whether it was written after the other. */
    public boolean isNewerThan(Versioned<V> other) {
        return version.isAbove(other.version);
    }

    @Override
    public String toString() {
        return (value == null ? "nothing" : "a record") + "@" + version; // never the value: it may be a person's
    }
}
