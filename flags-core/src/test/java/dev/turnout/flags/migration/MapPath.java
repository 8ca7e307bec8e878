package dev.turnout.flags.migration;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** A versioned path in memory that tests can look into, and disturb before and after each call takes effect. */
class MapPath implements VersionedDataPath<Integer, String> {
    final Map<Integer, Versioned<String>> records = new ConcurrentHashMap<>();
    final List<String> calls = Collections.synchronizedList(new ArrayList<>());
    final String name;
    volatile Consumer<String> before = call -> {};
    volatile Consumer<String> after = call -> {};

    MapPath(String name) {
        this.name = name;
    }

    static RuntimeException down() {
        return new IllegalStateException("down");
    }

    /** From now on nothing works, and nothing takes effect. */
    void fail() {
        before = call -> {
            throw down();
        };
    }

    void failWrites() {
        before = call -> {
            if (!call.equals("read")) {
                throw down();
            }
        };
    }

    void recover() {
        before = call -> {};
        after = call -> {};
    }

    /** A record from before the migration. */
    void seed(int key, String value) {
        records.put(key, Versioned.of(Version.FIRST, value));
    }

    Optional<String> value(int key) {
        return records.getOrDefault(key, Versioned.absent()).value();
    }

    @Override
    public Versioned<String> read(Integer key) {
        before.accept("read");
        Versioned<String> record = records.getOrDefault(key, Versioned.absent());
        after.accept("read");
        return record;
    }

    @Override
    public boolean writeIfNewer(Integer key, Versioned<String> record) {
        before.accept("write");
        calls.add(name + " write " + record.value().orElse("nothing"));
        boolean[] written = {false};
        records.compute(key, (k, stored) -> {
            written[0] = stored == null || record.isNewerThan(stored);
            return written[0] ? record : stored;
        });
        after.accept("write");
        return written[0];
    }

    @Override
    public boolean replace(Integer key, Version expected, Versioned<String> record) {
        before.accept("replace");
        calls.add(name + " replace " + record.value().orElse("nothing"));
        boolean[] written = {false};
        records.compute(key, (k, stored) -> {
            Version version = stored == null ? Version.ABSENT : stored.version();
            written[0] = version.equals(expected);
            return written[0] ? record : stored;
        });
        after.accept("replace");
        return written[0];
    }
}
