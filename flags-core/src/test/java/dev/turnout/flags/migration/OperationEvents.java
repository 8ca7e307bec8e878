package dev.turnout.flags.migration;

import dev.turnout.flags.migration.Baton.Ending;
import dev.turnout.flags.migration.World.Event;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/** Callers read and write, and the answers that they get are written down. */
final class OperationEvents implements Part {
    private final World world;
    private int begun;

    OperationEvents(World world) {
        this.world = world;
    }

    /** Whether all operations of a kind have begun, and are over. */
    static boolean hasEnded(World world, Scope.Kind kind) {
        Set<String> open = new TreeSet<>();
        world.scope.operations.stream()
                .filter(operation -> operation.kind() == kind)
                .forEach(operation -> open.add(operation.name()));
        return world.histories.haveEnded(open);
    }

    @Override
    public void addEvents(List<Event> events) {
        for (int i = 0; i < world.scope.operations.size(); i++) {
            Scope.Operation operation = world.scope.operations.get(i);
            boolean isOldBuild = operation.kind() == Scope.Kind.OLD_BUILD_PUT;
            int place = i;
            if ((begun & (1 << i)) == 0 && (isOldBuild || isThere(operation.node()))) {
                String where = isOldBuild ? "the old build" : "n" + operation.node();
                events.add(new Event(operation.name() + " begins on " + where, true, () -> {
                    begun |= 1 << place;
                    begin(operation, isOldBuild);
                }));
            }
        }
    }

    private boolean isThere(int node) {
        return node < world.nodes.size() && !world.nodes.get(node).crashed;
    }

    private void begin(Scope.Operation operation, boolean isOldBuild) {
        if (isOldBuild) {
            world.baton.start(
                    operation.name(),
                    -1,
                    () -> "",
                    () -> judged(operation, () -> {
                        world.histories.of(operation.key()).writes(operation.name(), operation.name());
                        world.oldPath.plain().put(operation.key(), operation.name());
                        acknowledged(operation, operation.name());
                    }));
        } else {
            ModelNode node = world.nodes.get(operation.node());
            Supplier<?> sees = operation.kind().isRead() ? node::toString : () -> "";
            world.baton.start(operation.name(), operation.node(), sees, () -> {
                world.baton.note(node);
                Baton.beginsIn(node.migration.stageOf(operation.key()));
                judged(operation, () -> operate(operation, node.migration));
            });
        }
        world.baton.resume(world.baton.actors().get(world.baton.actors().size() - 1), Ending.FINE);
    }

    private void judged(Scope.Operation operation, Runnable work) {
        Oracle oracle = world.histories.of(operation.key());
        oracle.begin(operation.name());
        try {
            work.run();
        } catch (RuntimeException | ModelError e) {
            ended(oracle, operation, e);
        }
    }

    private static void ended(Oracle oracle, Scope.Operation operation, Throwable failure) {
        String value = operation.kind() == Scope.Kind.DELETE ? Oracle.NOTHING : operation.name();
        boolean writes = !operation.kind().isRead() && operation.kind() != Scope.Kind.CLOSE;
        if (writes && WriteOutcome.of(failure) == WriteOutcome.NOT_APPLIED) {
            oracle.refused(operation.name(), value);
        } else {
            oracle.unknown(operation.name());
        }
    }

    private void operate(Scope.Operation operation, Migration<Integer, String> migration) {
        String name = operation.name();
        int key = operation.key();
        Oracle oracle = world.histories.of(key);
        switch (operation.kind()) {
            case READ -> read(operation, migration.get(key));
            case ASK ->
                read(operation, migration.read(key, () -> world.oldPath.ask(key), () -> world.newPath.ask(key)));
            case GET_ALL -> {
                beginsOnOtherKeys(operation);
                Map<Integer, String> all = migration.getAll(world.scope.keys());
                mustBeTold(name);
                world.scope
                        .keys()
                        .forEach(each -> world.histories.of(each).read(name, Optional.ofNullable(all.get(each))));
            }
            case READ_ALL -> {
                beginsOnOtherKeys(operation);
                Map<Integer, Optional<String>> all = migration.readAll(world.oldPath::askAll, world.newPath::askAll);
                mustBeTold(name);
                all.forEach((each, value) -> world.histories.of(each).readAmongAll(name, value));
            }
            case PUT -> {
                oracle.writes(name, name);
                migration.put(key, name);
                acknowledged(operation, name);
            }
            case DELETE -> {
                oracle.writes(name, Oracle.NOTHING);
                migration.delete(key);
                acknowledged(operation, Oracle.NOTHING);
            }
            case UPDATE -> update(operation, migration, () -> {});
            case INSERT -> {
                oracle.writes(name, name);
                oracle.replaced(Oracle.NOTHING, name);
                if (migration.insert(key, name)) {
                    acknowledged(operation, name);
                } else {
                    mustBeTold(name);
                    oracle.foundOther(name, name);
                }
            }
            case FAILING_UPDATE ->
                update(operation, migration, () -> {
                    throw new ModelError();
                });
            case UPDATE_AROUND_PUT -> {
                Scope.Operation inner = new Scope.Operation(name + "i", Scope.Kind.PUT, operation.node(), World.OTHER);
                update(operation, migration, () -> judged(inner, () -> operate(inner, migration)));
            }
            case CLOSE -> {
                world.nodes.get(operation.node()).close();
                oracle.unknown(name);
            }
            case OLD_BUILD_PUT -> throw new IllegalStateException("it has no migration");
        }
    }

    private void beginsOnOtherKeys(Scope.Operation operation) {
        world.scope.keys().stream()
                .filter(other -> other != operation.key())
                .forEach(other -> world.histories.of(other).begin(operation.name()));
    }

    private void update(Scope.Operation operation, Migration<Integer, String> migration, Runnable inside) {
        String name = operation.name();
        Oracle oracle = world.histories.of(operation.key());
        oracle.writes(name, name);
        Optional<String> changed = migration.update(operation.key(), base -> {
            inside.run();
            oracle.replaced(base, name);
            return name;
        });
        if (changed.isPresent()) {
            acknowledged(operation, name);
        } else {
            read(operation, Optional.empty());
        }
    }

    private void read(Scope.Operation operation, Optional<String> value) {
        mustBeTold(operation.name());
        world.histories.of(operation.key()).read(operation.name(), value);
    }

    private void acknowledged(Scope.Operation operation, String value) {
        mustBeTold(operation.name());
        world.histories.of(operation.key()).acknowledged(operation.name(), value);
    }

    /** What a node did after its lease, it does not know: the fleet may have moved on meanwhile. */
    private void mustBeTold(String operation) {
        if (Baton.isOutlived()) {
            world.histories.isWrong(operation + " was answered by a call that the lease of its node had not outlived");
        }
    }

    @Override
    public String state() {
        return begun + "";
    }
}
