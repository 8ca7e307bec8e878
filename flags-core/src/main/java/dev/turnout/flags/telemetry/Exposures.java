package dev.turnout.flags.telemetry;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.turnout.flags.EvaluationDetails;
import dev.turnout.flags.Hook;
import dev.turnout.flags.HookContext;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Reports which subject was given which variant, for the analysis of experiments: each subject once for each variant of
 * each flag, until it is forgotten. Thread-safe.
 *
 * <pre>{@code
 * Flags.builder(store).hook(Exposures.of(exposure -> queue.offer(exposure), "new-checkout")).build();
 * }</pre>
 */
public final class Exposures implements Hook {
    private static final long REMEMBERED = 100_000;
    private static final Duration FOR = Duration.ofHours(1);

    /**
     * A subject was given a variant.
     *
     * @param flagKey of which flag
     * @param variant the variant's name
     * @param targetingKey of the subject
     */
    public record Exposure(String flagKey, String variant, String targetingKey) {}

    private final Consumer<Exposure> sink;
    private final Set<String> flagKeys;
    private final Cache<Exposure, Boolean> told;

    private Exposures(Consumer<Exposure> sink, Set<String> flagKeys, long most, Duration age, TimeSource time) {
        this.sink = requireNonNull(sink, "sink");
        this.flagKeys = flagKeys;
        told = Caffeine.newBuilder()
                .maximumSize(most)
                .expireAfterWrite(age)
                .ticker(time::nanoTime)
                .build();
    }

    /**
     * Of these flags. An exposure is reported again after an hour, or when a hundred thousand other ones have come
     * since.
     *
     * @param sink is called on the thread that asked, and must not block
     */
    public static Exposures of(Consumer<Exposure> sink, String... flagKeys) {
        return new Exposures(sink, Set.of(flagKeys), REMEMBERED, FOR, TimeSource.SYSTEM);
    }

    /**
     * The same with another memory, which is empty.
     *
     * @param most how many exposures are remembered; each takes some hundred bytes
     * @param age how long they are
     * @param time measures it
     */
    public Exposures remembering(long most, Duration age, TimeSource time) {
        return new Exposures(sink, flagKeys, most, age, time);
    }

    @Override
    public boolean wants(String flagKey) {
        return flagKeys.contains(flagKey);
    }

    @Override
    public void after(HookContext evaluation, EvaluationDetails<?> details) {
        String targetingKey = evaluation.context().targetingKey();
        if (targetingKey.isBlank() || details.variant().isEmpty()) {
            return;
        }
        Exposure exposure = new Exposure(details.flagKey(), details.variant().get(), targetingKey);
        if (told.asMap().putIfAbsent(exposure, true) == null) {
            sink.accept(exposure);
        }
    }
}
