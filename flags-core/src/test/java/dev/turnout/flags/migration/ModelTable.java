package dev.turnout.flags.migration;

import dev.turnout.flags.migration.Baton.Ending;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.stage.Side;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A journal in a table that all nodes share, and what each node keeps in its memory: it does what the {@code JdbcJournal} of flags-jdbc does,
 * statement by statement, and must be changed with it. Each call of the database is a step, which may fail.
 */
final class ModelTable implements Records {
    private record Row(Journal.Entry<Integer> entry, boolean waits, String by) {
        @Override
        public String toString() {
            return by + entry.key() + entry.origin().source() + waits;
        }
    }

    private final Baton baton;
    private final boolean onFailure;
    private final boolean claimsEnd;
    private final Map<Long, Row> rows = new TreeMap<>();
    private final Set<String> evicted = new TreeSet<>();
    private final Map<Integer, Taken> claimed = new TreeMap<>();
    private final Map<Integer, View> views = new TreeMap<>();
    private final Map<Long, String> recordedBy = new TreeMap<>();
    private long nextId;
    private long generation;
    private boolean swept;

    ModelTable(Baton baton, Scope scope) {
        this.baton = baton;
        onFailure = scope.records == Scope.Recorded.TABLE_ON_FAILURE;
        claimsEnd = scope.claimEnds > 0;
    }

    @Override
    public Journal<Integer> of(ModelNode node) {
        return view(node);
    }

    private View view(ModelNode node) {
        return views.computeIfAbsent(node.number, n -> new View());
    }

    @Override
    public String idNow() {
        return generation == 0 ? ID : ID + "#" + generation;
    }

    @Override
    public boolean hasDue() {
        return rows.values().stream().anyMatch(Row::waits);
    }

    @Override
    public Set<String> owners() {
        return rows.values().stream()
                .filter(row -> !row.waits())
                .map(row -> row.entry().origin().owner())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Override
    public boolean wasSwept() {
        return swept;
    }

    @Override
    public boolean isSomethingWaiting(ModelNode node) {
        return !view(node).toHandOver.isEmpty() || !view(node).toClear.isEmpty();
    }

    @Override
    public void storeWhatWaits(ModelNode node) {
        View view = view(node);
        view.toHandOver.values().forEach(this::handOver);
        view.toHandOver.clear();
        view.toClear.keySet().forEach(this::deleteInFlight);
        view.toClear.clear();
    }

    @Override
    public boolean hasClaims() {
        return !claimed.isEmpty();
    }

    @Override
    public void endClaims() {
        claimed.clear();
    }

    private void insert(Journal.Entry<Integer> entry, boolean waits) {
        rows.put(entry.id(), new Row(entry, waits, recordedBy.getOrDefault(entry.id(), "")));
    }

    private void deleteInFlight(long id) {
        rows.computeIfPresent(id, (i, row) -> row.waits() ? row : null);
    }

    /**
     * With versions also for an entry that is not there, or waits already: its owner was evicted, and repair may have looked before. Without, one that
     * is not there may have been in the memory of its node until now, unless its owner was evicted.
     */
    private void handOver(Journal.Entry<Integer> entry) {
        Row row = rows.get(entry.id());
        if (row != null && !row.waits()) {
            insert(entry, true);
        } else if (entry.origin().versioned()) {
            Journal.Entry<Integer> again = new Journal.Entry<>(entry.key(), entry.origin(), nextId++);
            recordedBy.put(again.id(), recordedBy.getOrDefault(entry.id(), ""));
            insert(again, true);
        } else if (row == null && onFailure && !evicted.contains(entry.origin().owner())) {
            insert(entry, true);
        }
    }

    /** How one node sees it. */
    private final class View implements Journal<Integer> {
        private final Map<Long, Entry<Integer>> inMemory = new TreeMap<>();
        private final Map<Long, Entry<Integer>> toHandOver = new TreeMap<>();
        private final Map<Long, Entry<Integer>> toClear = new TreeMap<>();

        /** Makes a statement; returns whether its caller learns that it was made. */
        private boolean isMade(String call, Runnable statement) {
            Ending ending = baton.step("journal." + call, true);
            if (ending != Ending.FAILS_BEFORE) {
                statement.run();
            }
            return ending == Ending.FINE;
        }

        @Override
        public String id() {
            return ID;
        }

        @Override
        public long generation() {
            baton.note(generation);
            return generation;
        }

        @Override
        public boolean knowsOperationsInFlight() {
            return !onFailure;
        }

        @Override
        public Entry<Integer> record(Integer key, Origin origin) {
            Entry<Integer> entry = new Entry<>(key, origin, nextId++);
            recordedBy.put(entry.id(), Baton.current());
            if (onFailure) {
                inMemory.put(entry.id(), entry);
                return entry;
            }
            if (!isMade("record", () -> insert(entry, false))) {
                toClear.put(entry.id(), entry);
                throw new IllegalStateException("the journal failed");
            }
            return entry;
        }

        @Override
        public void clear(Entry<Integer> entry) {
            if (onFailure) {
                inMemory.remove(entry.id());
            } else if (!isMade("clear", () -> deleteInFlight(entry.id()))) {
                toClear.put(entry.id(), entry);
            }
        }

        @Override
        public void handOver(Entry<Integer> entry) {
            if (onFailure && !inMemory.containsKey(entry.id())) {
                return;
            }
            if (!isMade("handOver", () -> ModelTable.this.handOver(entry))) {
                toHandOver.put(entry.id(), entry);
            }
            inMemory.remove(entry.id());
        }

        @Override
        public boolean isUpToDate() {
            return toHandOver.isEmpty() && toClear.isEmpty();
        }

        @Override
        public Set<String> owners() {
            return ModelTable.this.owners();
        }

        @Override
        public void evicting(String owner) {
            if (onFailure) {
                generation++;
            }
        }

        @Override
        public void evicted(String owner) {
            toHandOver.values().removeIf(entry -> isOutdated(entry, owner));
            toClear.values().removeIf(entry -> isOutdated(entry, owner));
        }

        private boolean isOutdated(Entry<Integer> entry, String owner) {
            return !entry.origin().versioned() && entry.origin().owner().equals(owner);
        }

        @Override
        public void handOverAll(String owner) {
            evicted.add(owner);
            rows.replaceAll((id, row) ->
                    row.entry().origin().owner().equals(owner) ? new Row(row.entry(), true, row.by()) : row);
        }

        @Override
        public Optional<Claim<Integer>> claim() {
            baton.step("journal.claim", false);
            return rows.values().stream()
                    .filter(row ->
                            row.waits() && !claimed.containsKey(row.entry().key()))
                    .map(row -> row.entry().key())
                    .sorted()
                    .findFirst()
                    .map(this::taken);
        }

        @Override
        public Optional<Claim<Integer>> claim(Integer key) {
            baton.remembers();
            baton.step("journal.claim", false);
            if (claimed.containsKey(key)) {
                baton.nothingHappened(); // or an actor that waits for it would go round for ever
                return Optional.empty();
            }
            return Optional.of(taken(key));
        }

        private Claim<Integer> taken(Integer key) {
            List<Row> all = rows.values().stream()
                    .filter(row -> row.waits() && row.entry().key().equals(key))
                    .toList();
            Optional<Side> source =
                    all.stream().findFirst().map(row -> row.entry().origin().source());
            List<Row> noted = all.stream()
                    .filter(row -> row.entry().origin().source() == source.orElseThrow())
                    .toList();
            baton.note(source + "" + new TreeSet<>(noted.stream().map(Row::by).toList()));
            Taken taken = new Taken(key, source, noted);
            claimed.put(key, taken);
            if (claimsEnd) {
                baton.step("journal.claimed", false); // its answer may be on the way for long
            }
            return taken;
        }

        @Override
        public List<Integer> keys() {
            baton.step("journal.keys", false);
            swept = true;
            List<Integer> keys = Stream.concat(
                            Stream.of(inMemory, toHandOver).flatMap(entries -> entries.values().stream()),
                            rows.values().stream().map(Row::entry))
                    .map(Entry::key)
                    .distinct()
                    .sorted()
                    .toList();
            baton.note(keys);
            return keys;
        }

        @Override
        public Set<Integer> pending(Collection<Integer> keys) {
            Set<Integer> pending = new HashSet<>(keys());
            pending.retainAll(keys);
            return pending;
        }

        @Override
        public long depth() {
            return rows.values().stream()
                    .filter(Row::waits)
                    .map(row -> row.entry().key())
                    .distinct()
                    .count();
        }

        @Override
        public Duration age() {
            return Duration.ZERO;
        }

        @Override
        public List<Quarantined<Integer>> quarantined(int most) {
            return List.of();
        }

        @Override
        public void retryQuarantined() {}

        @Override
        public String toString() {
            return names(inMemory) + "" + names(toHandOver) + names(toClear);
        }

        private Set<String> names(Map<Long, Entry<Integer>> entries) {
            return entries.keySet().stream().map(recordedBy::get).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private final class Taken implements Journal.Claim<Integer> {
        private final Integer key;
        private final Optional<Side> source;
        private final List<Row> noted;

        Taken(Integer key, Optional<Side> source, List<Row> noted) {
            this.key = key;
            this.source = source;
            this.noted = noted;
        }

        @Override
        public Integer key() {
            return key;
        }

        @Override
        public Optional<Side> source() {
            return source;
        }

        @Override
        public void repaired() {
            Ending ending = baton.step("journal.repaired", true);
            boolean held = claimed.remove(key, this); // where it failed, as if its time were over
            if (held && ending != Ending.FAILS_BEFORE) {
                noted.forEach(row -> rows.remove(row.entry().id()));
            }
            if (ending != Ending.FINE) {
                throw new IllegalStateException("the journal failed");
            }
        }

        @Override
        public void failed() {
            claimed.remove(key, this);
        }

        @Override
        public void quarantine(String problem) {
            throw new AssertionError("nothing is to be quarantined: " + problem);
        }
    }

    @Override
    public String toString() {
        return rows.values().stream().map(Row::toString).sorted().toList() + "" + claimed.keySet() + views + generation
                + swept + evicted;
    }
}
