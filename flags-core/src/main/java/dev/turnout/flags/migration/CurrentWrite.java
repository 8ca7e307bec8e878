package dev.turnout.flags.migration;

import dev.turnout.flags.spi.PathFence;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a path can know, on the thread of its call, of the write that it is called for. For those who implement a {@link PathFence}. */
public final class CurrentWrite {
    private static final ThreadLocal<CurrentWrite> OF_THREAD = ThreadLocal.withInitial(CurrentWrite::new);

    /** The operation whose calls the thread makes now: a path, or a function of an update, may begin others inside it. */
    @Nullable
    Operation<?> innermost;

    private CurrentWrite() {}

    /** Of this thread. */
    static CurrentWrite ofThread() {
        return OF_THREAD.get();
    }

    /**
     * The version of the migration by which the innermost write began, of whichever migration. Empty outside a write, if the migration has no
     * fences, and for repair and backfill between paths with versions, which can undo nothing whenever they come.
     */
    public static OptionalLong version() {
        return ofThread().version(operation -> true);
    }

    /**
     * The same of the innermost write of this migration: a write of another one that is made inside it, or around it, has a version of its own.
     *
     * @param migration its name
     */
    public static OptionalLong version(String migration) {
        return ofThread().version(of(migration));
    }

    /**
     * The id of the fleet's member for which the write of {@link #version()} is made. It is unique among all members
     * that there have ever been. Empty where {@link #version()} is.
     */
    public static Optional<String> member() {
        return ofThread().member(operation -> true);
    }

    /** The same for the write of {@link #version(String)}. */
    public static Optional<String> member(String migration) {
        return ofThread().member(of(migration));
    }

    private static Predicate<Operation<?>> of(String migration) {
        return operation -> operation.migration().equals(migration);
    }

    private Optional<String> member(Predicate<Operation<?>> wanted) {
        Operation<?> operation = innermostFenced(wanted);
        return operation == null
                ? Optional.empty()
                : Optional.of(operation.epoch().value().tenure().owner());
    }

    private OptionalLong version(Predicate<Operation<?>> wanted) {
        Operation<?> operation = innermostFenced(wanted);
        return operation == null
                ? OptionalLong.empty()
                : OptionalLong.of(operation.epoch().version());
    }

    private @Nullable Operation<?> innermostFenced(Predicate<Operation<?>> wanted) {
        return innermost(each -> each.isFenced() && wanted.test(each));
    }

    /** The innermost operation that is under way; {@code null} if there is none. */
    @Nullable
    Operation<?> innermost(Predicate<Operation<?>> wanted) {
        Operation<?> operation = innermost;
        while (operation != null && !(operation.isUnderWay() && wanted.test(operation))) {
            operation = operation.outer();
        }
        return operation;
    }
}
