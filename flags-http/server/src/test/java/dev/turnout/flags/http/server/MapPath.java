package dev.turnout.flags.http.server;

import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.migration.VersionedDataPath;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/** A path in memory. */
class MapPath implements VersionedDataPath<String, String> {
    private final ConcurrentMap<String, Versioned<String>> records = new ConcurrentHashMap<>();

    @Override
    public Versioned<String> read(String key) {
        return records.getOrDefault(key, Versioned.absent());
    }

    @Override
    public boolean writeIfNewer(String key, Versioned<String> record) {
        return writeIf(key, record, record::isNewerThan);
    }

    @Override
    public boolean replace(String key, Version expected, Versioned<String> record) {
        return writeIf(key, record, stored -> stored.version().equals(expected));
    }

    private boolean writeIf(String key, Versioned<String> record, Predicate<Versioned<String>> condition) {
        AtomicBoolean written = new AtomicBoolean();
        records.compute(key, (any, stored) -> {
            Versioned<String> now = stored == null ? Versioned.absent() : stored;
            written.set(condition.test(now));
            return written.get() ? record : now;
        });
        return written.get();
    }
}
