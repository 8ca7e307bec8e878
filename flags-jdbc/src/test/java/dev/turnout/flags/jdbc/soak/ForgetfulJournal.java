package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.spi.Journal;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Sabotage: a journal that claims to keep keys, and keeps none. */
final class ForgetfulJournal<K> implements Journal<K> {
    private final Journal<K> journal;

    ForgetfulJournal(Journal<K> journal) {
        this.journal = journal;
    }

    @Override
    public String id() {
        return journal.id();
    }

    @Override
    public Entry<K> record(K key, Origin origin) {
        return new Entry<>(key, origin, 0);
    }

    @Override
    public void clear(Entry<K> entry) {}

    @Override
    public void handOver(Entry<K> entry) {}

    @Override
    public Set<String> owners() {
        return Set.of();
    }

    @Override
    public void handOverAll(String owner) {}

    @Override
    public Duration age() {
        return Duration.ZERO;
    }

    @Override
    public List<Quarantined<K>> quarantined(int most) {
        return List.of();
    }

    @Override
    public void retryQuarantined() {}

    @Override
    public Optional<Claim<K>> claim() {
        return Optional.empty();
    }

    @Override
    public Optional<Claim<K>> claim(K key) {
        return journal.claim(key);
    }

    @Override
    public List<K> keys() {
        return List.of();
    }

    @Override
    public Set<K> pending(Collection<K> keys) {
        return Set.of();
    }

    @Override
    public long depth() {
        return 0;
    }
}
