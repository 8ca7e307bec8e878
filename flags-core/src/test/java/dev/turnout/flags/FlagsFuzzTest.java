package dev.turnout.flags;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.turnout.flags.document.DocumentException;
import dev.turnout.flags.document.DocumentReader;
import dev.turnout.flags.document.DocumentWriter;
import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.store.InMemoryFlagStore;
import dev.turnout.flags.store.TimeSource;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tries the seeds and what was found before; looks for more with the profile {@code fuzz}. */
@ExtendWith(QuietJazzer.class)
class FlagsFuzzTest {
    private record Stopped(Instant now) implements TimeSource {
        @Override
        public long nanoTime() {
            return 0;
        }
    }

    @FuzzTest
    void whatever_a_flag_says_it_is_decided_in_one_way_and_explained_as_decided(FuzzedDataProvider data) {
        FlagDocument document;
        EvaluationContext context;
        Instant now;
        try {
            FuzzedDocuments documents = new FuzzedDocuments(data);
            now = documents.now();
            context = documents.context();
            document = documents.document();
        } catch (IllegalArgumentException | DocumentException | DateTimeException e) {
            return; // refused while configuring, as it should be
        }
        try (Flags flags = Flags.builder(new InMemoryFlagStore(document))
                .time(new Stopped(now))
                .build()) {
            document.flags().values().forEach(flag -> check(flags, flag, context));
        }
        FlagDocument read = DocumentReader.read("written", DocumentWriter.toYaml(document));
        assertThat(read).isEqualTo(document);
    }

    private static void check(Flags flags, Flag flag, EvaluationContext context) {
        Explanation explanation = flags.explain(flag.key(), context);
        assertThat(explanation.toString())
                .isEqualTo(flags.explain(flag.key(), context).toString());
        assertThat(explanation.steps()).isNotEmpty();

        Object first = flag.variants().values().iterator().next();
        EvaluationDetails<?> details = detailsLike(flags, flag.key(), first, context);
        EvaluationDetails<Object> explained = explanation.details();
        assertThat(details.reason()).isEqualTo(explained.reason()).isNotEqualTo(Reason.ERROR);
        assertThat(details.variant()).isEqualTo(explained.variant());
        assertThat(details.rule()).isEqualTo(explained.rule());
        assertThat(details.errorCode()).isEqualTo(explained.errorCode());
        assertThat(details.revision()).isEqualTo(explained.revision());
        if (details.variant().isPresent()) {
            assertThat(details.value())
                    .isEqualTo(explained.value())
                    .isEqualTo(flag.variants().get(details.variant().get()));
        }
        assertThat(detailsLike(flags, flag.key(), first, context)).hasToString(details.toString());

        assertThat(flags.isOn(flag.key(), context)).isEqualTo(Boolean.TRUE.equals(wanted(details)));
        for (Object byDefault : new Object[] {true, "text", 7L, 7, 7.5, 7.5f}) {
            assertThat(flags.value(flag.key(), byDefault, context))
                    .isEqualTo(flags.details(flag.key(), byDefault, context).value())
                    .hasSameClassAs(byDefault);
        }
        Map<String, Object> none = Map.of();
        assertThat(flags.value(flag.key(), none, context))
                .isEqualTo(flags.details(flag.key(), none, context).value());
    }

    private static Object wanted(EvaluationDetails<?> details) {
        return details.variant().isPresent() ? details.value() : false;
    }

    @SuppressWarnings("unchecked") // an object flag's values are such maps
    private static EvaluationDetails<?> detailsLike(
            Flags flags, String key, Object byDefault, EvaluationContext context) {
        return byDefault instanceof Map
                ? flags.details(key, (Map<String, Object>) Objects.requireNonNull(byDefault), context)
                : flags.details(key, byDefault, context);
    }
}
