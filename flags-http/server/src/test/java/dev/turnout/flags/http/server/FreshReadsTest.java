package dev.turnout.flags.http.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.store.FlagStoreException;
import dev.turnout.flags.store.Snapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FreshReadsTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private final AtomicInteger begun = new AtomicInteger();
    private final CountDownLatch firstHasBegun = new CountDownLatch(1);
    private final CountDownLatch firstMayEnd = new CountDownLatch(1);

    /** Gives the number of the read as revision; the first one waits. */
    private Snapshot read() {
        int number = begun.incrementAndGet();
        if (number == 1) {
            firstHasBegun.countDown();
            await(firstMayEnd);
        }
        return new Snapshot(number, FlagDocument.EMPTY, Map.of());
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void all_who_ask_while_a_read_is_under_way_share_the_next_one() throws Exception {
        try (FreshReads reads = new FreshReads(this::read, LONG)) {
            CompletableFuture<Snapshot> first = reads.next();
            await(firstHasBegun);
            List<CompletableFuture<Snapshot>> later = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                later.add(reads.next());
            }
            assertThat(begun).hasValue(1);
            assertThat(later).allSatisfy(one -> assertThat(one).isNotDone());
            firstMayEnd.countDown();

            assertThat(first.get(30, TimeUnit.SECONDS).revision()).isEqualTo(1);
            for (CompletableFuture<Snapshot> one : later) {
                assertThat(one.get(30, TimeUnit.SECONDS).revision()).isEqualTo(2);
            }
            assertThat(begun).hasValue(2);
            assertThat(reads.get().revision()).isEqualTo(3);
        }
    }

    @Test
    void a_store_that_hangs_is_not_waited_for_beyond_the_limit_and_then_not_at_all() {
        Duration limit = Duration.ofMillis(1);
        try (FreshReads reads = new FreshReads(this::read, limit)) {
            CompletableFuture<Snapshot> first = reads.next();
            await(firstHasBegun);

            assertThatThrownBy(reads::get).isInstanceOf(FlagStoreException.class);
            assertThatThrownBy(reads::get)
                    .isInstanceOf(FlagStoreException.class)
                    .hasMessageContaining("has not answered for more than 1 ms");

            firstMayEnd.countDown();
            assertThat(first).succeedsWithin(Duration.ofSeconds(30));
        }
    }

    @Test
    void a_read_that_fails_is_told_to_those_who_waited_and_the_next_one_is_another_try() {
        AtomicInteger tries = new AtomicInteger();
        try (FreshReads reads = new FreshReads(
                () -> {
                    switch (tries.incrementAndGet()) {
                        case 1 -> throw new FlagStoreException("down");
                        case 2 -> throw new StackOverflowError("on purpose");
                        default -> {
                            return Snapshot.EMPTY;
                        }
                    }
                },
                LONG)) {
            assertThatThrownBy(reads::get)
                    .isInstanceOf(FlagStoreException.class)
                    .hasMessage("The flag store cannot be read: down");
            assertThatThrownBy(reads::get)
                    .isInstanceOf(FlagStoreException.class)
                    .hasCauseInstanceOf(StackOverflowError.class);
            assertThat(reads.get()).isEqualTo(Snapshot.EMPTY);
        }
    }

    @Test
    void after_the_end_nothing_is_read() {
        FreshReads reads = new FreshReads(this::read, LONG);
        reads.close();

        assertThatThrownBy(reads::get).isInstanceOf(FlagStoreException.class).hasMessageContaining("closed");
        assertThat(begun).hasValue(0);
    }
}
