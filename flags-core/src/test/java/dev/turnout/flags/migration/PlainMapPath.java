package dev.turnout.flags.migration;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** A path in memory without versions, that tests can disturb before and after each call takes effect. */
final class PlainMapPath implements DataPath<Integer, String> {
    final Map<Integer, String> records = new ConcurrentHashMap<>();
    volatile Consumer<String> before = call -> {};
    volatile Consumer<String> after = call -> {};

    void fail() {
        before = call -> {
            throw MapPath.down();
        };
    }

    void recover() {
        before = call -> {};
    }

    @Override
    public Optional<String> get(Integer key) {
        before.accept("get");
        Optional<String> value = Optional.ofNullable(records.get(key));
        after.accept("get");
        return value;
    }

    @Override
    public void put(Integer key, String value) {
        before.accept("put");
        records.put(key, value);
        after.accept("put");
    }

    @Override
    public void delete(Integer key) {
        before.accept("delete");
        records.remove(key);
        after.accept("delete");
    }
}
