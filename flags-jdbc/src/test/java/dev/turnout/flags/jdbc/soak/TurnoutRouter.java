package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.migration.WriteOutcome;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The library. */
final class TurnoutRouter implements Router {
    private final Migration<Long, String> migration;

    TurnoutRouter(Migration<Long, String> migration) {
        this.migration = migration;
    }

    @Override
    public Optional<String> get(long key) {
        return migration.get(key);
    }

    @Override
    public void put(long key, String value) {
        migration.put(key, value);
    }

    @Override
    public void delete(long key) {
        migration.delete(key);
    }

    @Override
    public Optional<String> update(long key, UnaryOperator<String> change) {
        return migration.update(key, change);
    }

    @Override
    public int stages(long key) {
        return migration.isVersioned()
                ? Op.bits(migration.stageOf(key))
                : 0; // without, updates may overlap at any time
    }

    @Override
    public boolean isRefusal(RuntimeException e) {
        return WriteOutcome.of(e) == WriteOutcome.NOT_APPLIED;
    }

    @Override
    public void close() {
        migration.close();
    }
}
