package dev.turnout.flags.migration;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.stage.Stage;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Where writes go, and when they have to wait. Thread-safe; blocks as long as the paths do. */
final class Writes<K, V> {
    private final Operations<K> operations;
    private final Paths<K, V> paths;
    private final boolean keysSpeakForThemselves;
    private volatile boolean waiting; // and no thread has checked since whether they still must

    Writes(Settings<K> settings, Operations<K> operations, Paths<K, V> paths) {
        this.operations = operations;
        this.paths = paths;
        this.keysSpeakForThemselves = settings.keysSpeakForThemselves();
    }

    WriteOutcome write(K key, @Nullable V value) {
        operations.checkNoTransaction();
        Operation<K> operation = operations.begin(key);
        return operation.run(() -> {
            begin(operation);
            return paths.write(operation, value);
        });
    }

    Optional<V> update(K key, UnaryOperator<V> change) {
        return change(
                key,
                base -> base.map(record -> requireNonNull(
                        change.apply(record),
                        "the new record that the function of an update gives; a record is deleted by delete(key)")));
    }

    /** Whether there was none. */
    boolean insert(K key, V value) {
        if (!paths.isVersioned()) {
            throw new IllegalStateException("Migration '" + operations.migration()
                    + "' cannot insert: its paths keep no versions, so another node may write the key between the look whether there is a record and"
                    + " the write of this one. Use two VersionedDataPaths, or get and put where that does not matter.");
        }
        return change(key, base -> base.isPresent() ? Optional.empty() : Optional.of(value))
                .isPresent();
    }

    private Optional<V> change(K key, UnaryOperator<Optional<V>> change) {
        operations.checkNoTransaction();
        Operation<K> operation = operations.begin(key);
        return operation.run(() -> {
            begin(operation);
            return paths.update(operation, change);
        });
    }

    WriteOutcome rewrite(K key) {
        operations.checkNoTransaction();
        Operation<K> operation = operations.begin(key);
        return operation.run(() -> {
            begin(operation);
            return paths.rewrite(operation);
        });
    }

    private void begin(Operation<K> operation) {
        if (keysSpeakForThemselves) {
            // At the first write, and not only when keys of one migration are at different stages.
            KeyText.check(operation.key());
        }
        while (paths.holdsWrites(operations.enter(operation, Stage.SYNC))) {
            operation.markEnded();
            waiting = true;
            operations.awaitOrFail(
                    operation,
                    "Writes of this key wait while it moves to the other path, and it took too long. Nothing was applied; try again.");
        }
    }

    /** Whether some have waited since this was asked last. */
    boolean haveWaited() {
        boolean some = waiting;
        if (some) {
            waiting = false;
        }
        return some;
    }
}
