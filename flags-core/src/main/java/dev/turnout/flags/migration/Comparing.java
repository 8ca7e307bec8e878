package dev.turnout.flags.migration;

import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** Which answers are compared with the path that did not give them, and how. Thread-safe; blocks no caller. */
final class Comparing<K, V> {
    private final Paths<K, V> paths;
    private final Meters meters;
    private final Comparisons<K> comparisons;
    private final Function<K, Stage> stageNow;
    private final Function<K, String> keyText;
    private final Bucketing keys;
    private final int ppm;

    /** @param stageNow of a key: once it is no longer one whose reads are compared, nothing keeps the other path equal */
    Comparing(
            Settings<K> settings,
            Paths<K, V> paths,
            Meters meters,
            Comparisons<K> comparisons,
            Function<K, Stage> stageNow) {
        this.paths = paths;
        this.meters = meters;
        this.comparisons = comparisons;
        this.stageNow = stageNow;
        this.keyText = settings.keyText();
        this.keys = new Bucketing("compare:" + settings.name());
        this.ppm = settings.comparedPpm();
    }

    private boolean isCompared(K key) {
        return ppm == Bucketing.PARTS || keys.bucket(keyText.apply(key)) < ppm;
    }

    private void submit(K key, Supplier<Optional<Difference.Kind>> compare) {
        comparisons.submit(key, compare, () -> stageNow.apply(key).isCompared());
    }

    /** The record that the authority has answered. */
    void compare(K key, Side authority, Optional<V> answer) {
        if (isCompared(key)) {
            submit(key, new Supplier<>() {
                private boolean again;

                @Override
                public Optional<Difference.Kind> get() { // the caller's answer serves once; later both are read
                    if (again) {
                        return paths.compare(key, authority);
                    }
                    again = true;
                    return paths.difference(answer, paths.read(authority.opposite(), key));
                }
            });
        }
    }

    /** What two reads of the user's answer. */
    <T> void compare(K key, Supplier<T> oldRead, Supplier<T> newRead) {
        if (isCompared(key)) {
            submit(
                    key,
                    () -> Objects.equals(meters.oldReads.time(oldRead), meters.newReads.time(newRead))
                            ? Optional.empty()
                            : Optional.of(Difference.Kind.DIFFERENT));
        }
    }
}
