package dev.turnout.flags.migration;

import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.fleet.Fence;
import dev.turnout.flags.fleet.Member;
import dev.turnout.flags.migration.Baton.Actor;
import dev.turnout.flags.migration.Baton.Ending;
import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.OldPath;
import dev.turnout.flags.stage.Position;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.AuditEntry;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.EditableFlagStore;
import dev.turnout.flags.store.InMemoryFlagStore;
import dev.turnout.flags.store.Snapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Some nodes, two stores, a journal, a fleet and a flag store, in which nothing happens but what is chosen. The nodes run the production code. */
final class World implements AutoCloseable {
    static final String NAME = "m";
    static final int KEY = 1;
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final int ROUNDS_TO_REST = 40;

    /** Something that can happen now. */
    record Event(String name, boolean isProgress, Runnable effect) {}

    private final Scope scope;
    private final Baton baton = new Baton();
    private final Oracle oracle;
    private final List<Snapshot> states = new ArrayList<>();
    private final ModelJournal journal;
    private final ModelFleet fleet;
    private final ModelPath oldPath;
    private final ModelPath newPath;
    private final EditableFlagStore store;
    private final List<ModelNode> nodes = new ArrayList<>();
    private final List<Migration<Integer, String>> migrations = new ArrayList<>();
    private final List<Map<String, Runnable>> tasks = new ArrayList<>();
    private final List<Controller> controllers = new ArrayList<>();
    private final Watchman watchman;
    private final Map<Integer, Member> missed = new TreeMap<>(); // as they were when their lease lapsed
    private final Set<Integer> crashed = new TreeSet<>();
    private final Map<String, Long> lookedAt = new TreeMap<>(); // how much had changed when an actor ended
    private final Map<String, Integer> versionsDrawn = new HashMap<>();
    private int begun;
    private int goals = 1;
    private int faults;
    private int lateEffects;
    private int crashes;
    private int lapses;
    private boolean wentBack;
    private boolean sweptEarly; // and counts whatever comes

    World(Scope scope) {
        this.scope = scope;
        oracle = new Oracle(scope.linearizable);
        Versioned<String> first = Versioned.of(Version.FIRST, Oracle.FIRST);
        boolean newIsFirst = scope.stages.get(0).side() == Side.NEW;
        oldPath =
                new ModelPath(Side.OLD, baton, scope.removed, scope.copied || !newIsFirst ? first : Versioned.absent());
        newPath =
                new ModelPath(Side.NEW, baton, scope.removed, scope.copied || newIsFirst ? first : Versioned.absent());
        oldPath.beside(newPath);
        newPath.beside(oldPath);
        journal = new ModelJournal(baton, scope.removed);
        fleet = new ModelFleet(baton, scope.removed, journal);
        store = new StepStore(new InMemoryFlagStore(new FlagDocument(Map.of(), Map.of(), Map.of(NAME, start()))));
        states.add(store.read());
        for (int i = 0; i < scope.nodes; i++) {
            addNode(i);
        }
        for (int i = 0; i < scope.controllers; i++) {
            controllers.add(Controller.of(migrations.get(i)));
        }
        watchman = new Watchman(migrations.get(0));
        if (scope.dirty) {
            journal.markDirty(KEY, scope.stages.get(0).side() == Side.NEW ? Side.NEW : Side.OLD);
        }
        if (scope.stages.size() > 1) {
            nextGoal(); // what happens before it would happen after it too, as long as no controller looks
            nodes.subList(0, scope.controllers).forEach(ModelNode::observe);
        }
    }

    private MigrationState start() {
        Stage stage = scope.stages.get(0);
        boolean swept = stage.isDual() && (scope.copied || scope.removed.contains(Rule.FULL_SWEEP));
        OldPath old = stage == Stage.RAMP_DOWN ? OldPath.BEHIND : OldPath.COMPLETE;
        Slice slice = new Slice(
                stage,
                1,
                stage.isDual() ? 1 : 0,
                stage.side() == Side.BRIDGE ? Side.OLD : stage.side(),
                swept ? "shared" : "",
                stage == Stage.COMPLETE ? OldPath.ABANDONED : old);
        return new MigrationState(NAME, 1, new Bucketing(NAME), Position.all(slice), Goal.of(stage));
    }

    private void addNode(int number) {
        Map<String, Runnable> itsTasks = new HashMap<>();
        ModelNode node =
                new ModelNode("n" + number, number < scope.controllers, states, store, fleet, baton, scope.removed);
        MigrationBuilder<Integer, String> builder = scope.versioned
                ? Migration.named(NAME, oldPath, newPath)
                : Migration.named(NAME, oldPath.plain(), newPath.plain());
        builder.journal(journal).compare(0).deadline(Duration.ofDays(1)).lease(LEASE);
        builder.workers = workers(number, itsTasks);
        builder.random = new ActorsNumber();
        builder.plainRules = new PlainPaths.Rules(
                !scope.removed.contains(Rule.HOLD),
                !scope.removed.contains(Rule.SETTLE),
                !scope.removed.contains(Rule.RECHECK));
        nodes.add(node);
        tasks.add(itsTasks);
        migrations.add(builder.build(node));
    }

    /** A number that depends on who asks and how often, and not on when. */
    private final class ActorsNumber implements RandomGenerator {
        @Override
        public long nextLong() {
            String actor = Baton.current();
            return actor.hashCode() * 100L + versionsDrawn.merge(actor, 1, Integer::sum);
        }
    }

    private Workers workers(int node, Map<String, Runnable> itsTasks) {
        return new Workers() {
            @Override
            public Repeated every(String threadName, Duration pause, Runnable task) {
                itsTasks.put(threadName, task);
                return new Repeated() {
                    @Override
                    public void runSoon() {}

                    @Override
                    public void close() {}
                };
            }

            @Override
            public ExecutorService pool(String threadName, int threads, int queue) {
                return new Pool(node);
            }
        };
    }

    /** Each task is an actor of its own. */
    private final class Pool extends AbstractExecutorService {
        private final int node;

        Pool(int node) {
            this.node = node;
        }

        @Override
        public void execute(Runnable task) {
            if (Baton.current().isEmpty()) {
                task.run();
            } else {
                baton.start("mirror of " + Baton.current(), node, () -> "", task);
            }
        }

        @Override
        public void shutdown() {}

        @Override
        public List<Runnable> shutdownNow() {
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return false;
        }

        @Override
        public boolean isTerminated() {
            return true;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return true;
        }
    }

    /** Remembers each state for the nodes that hear of it late. */
    private final class StepStore implements EditableFlagStore {
        private final InMemoryFlagStore inner;

        StepStore(InMemoryFlagStore inner) {
            this.inner = inner;
        }

        @Override
        public Snapshot read() {
            return inner.read();
        }

        @Override
        public Snapshot apply(Change change) {
            baton.step("store.apply", false);
            Snapshot applied = inner.apply(change);
            states.add(applied);
            return applied;
        }

        @Override
        public List<AuditEntry> history(int limit) {
            return inner.history(limit);
        }

        @Override
        public Subscription watch(Consumer<Snapshot> watcher) {
            return () -> {};
        }

        @Override
        public void close() {}
    }

    private MigrationState state() {
        return store.read().document().migrations().get(NAME);
    }

    /** What can happen now, in an order that depends on nothing else. */
    List<Event> events() {
        List<Event> events = new ArrayList<>();
        addStepsOfActors(events);
        for (int i = 0; i < nodes.size(); i++) {
            if (!crashed.contains(i)) {
                addEventsOfNode(events, i);
            }
            addCounting(events, i);
        }
        for (int i = 0; i < scope.operations.size(); i++) {
            addBeginning(events, i);
        }
        for (int i = 0; i < controllers.size(); i++) {
            addControl(events, i);
        }
        addRepairs(events);
        boolean mayGoOn = scope.hasty || (state().isAtGoal() && !isActive("control"));
        if (goals < scope.stages.size() && mayGoOn) {
            events.add(new Event("goal " + scope.stages.get(goals), true, this::nextGoal));
        }
        addLateEffects(events);
        return events;
    }

    private void addStepsOfActors(List<Event> events) {
        for (Actor actor : List.copyOf(baton.actors())) {
            if (crashed.contains(actor.node) || !baton.isReady(actor)) {
                continue;
            }
            String step = actor.name + " " + actor.at;
            events.add(new Event(step, true, () -> baton.resume(actor, Ending.FINE)));
            if (actor.mayFail && faults < scope.faults) {
                events.add(new Event(step + " fails", false, () -> fail(actor, Ending.FAILS_BEFORE)));
                events.add(
                        new Event(step + " fails after it took effect", false, () -> fail(actor, Ending.FAILS_AFTER)));
            }
            if (actor.isWriting() && lateEffects < scope.lateEffects) {
                events.add(new Event(step + " fails and comes late", false, () -> {
                    lateEffects++;
                    baton.resume(actor, Ending.FAILS_AND_COMES_LATE);
                }));
            }
        }
    }

    private void fail(Actor actor, Ending ending) {
        faults++;
        baton.resume(actor, ending);
    }

    private void addEventsOfNode(List<Event> events, int i) {
        if (nodes.get(i).isBehind()) {
            events.add(new Event("n" + i + " hears of the next state", true, () -> {
                nodes.get(i).observe();
                baton.happened();
            }));
        }
        if (scope.removed.contains(Rule.MONOTONE) && nodes.get(i).hasSeenMoves() && !wentBack) {
            events.add(new Event("n" + i + " goes back", false, () -> {
                wentBack = true;
                Snapshot older = nodes.get(i).previous();
                Fence<Route> fence = migrations.get(i).fence;
                fence.replace(Route.of(NAME, older, fence.current().value().tenure()));
                baton.happened();
            }));
        }
        if (missed.containsKey(i)) {
            events.add(new Event("n" + i + " reports", true, () -> report(i)));
        }
        if (i > 0 && crashes < scope.crashes) {
            events.add(new Event("n" + i + " crashes", false, () -> {
                crashes++;
                missed.putIfAbsent(i, fleet.of("n" + i));
                crashed.add(i);
                baton.happened();
            }));
        }
        if (i > 0 && lapses < scope.lapses && !missed.containsKey(i)) {
            events.add(new Event("the lease of n" + i + " lapses", false, () -> {
                lapses++;
                nodes.get(i).lapse(LEASE);
                missed.put(i, fleet.of("n" + i));
                baton.actors().stream()
                        .filter(actor -> actor.node == i && actor.isAtPath())
                        .forEach(actor -> actor.overtaken = true);
                baton.happened();
            }));
        }
    }

    private boolean hasNews(int i) {
        Member member = fleet.of("n" + i);
        Migration<Integer, String> migration = migrations.get(i);
        return member == null
                || member.using().version() != migration.fence.current().version()
                || member.acknowledged() != migration.fence.acknowledged();
    }

    private void report(int i) {
        tasks.get(i).get("turnout-fleet-" + NAME).run();
        Member missing = missed.get(i);
        Member now = fleet.of("n" + i);
        if (missing != null && now != null && !now.equals(missing) && !crashed.contains(i)) {
            missed.remove(i);
        }
        baton.happened();
    }

    private void addCounting(List<Event> events, int i) {
        Member missing = missed.get(i);
        Member now = fleet.of("n" + i);
        boolean mayWrite = scope.inTime && !crashed.contains(i) && isOvertaken(i);
        if (missing != null && missing.equals(now) && !mayWrite) {
            events.add(new Event("n" + i + " is counted out", true, () -> {
                watchman.evict(missing);
                baton.happened();
            }));
        }
        boolean leftSomething = journal.owners().stream().anyMatch(owner -> fleet.hasLeft(owner, "n" + i));
        if (leftSomething) {
            events.add(new Event("what n" + i + " left goes to repair", true, () -> {
                watchman.look(); // the clock of its node stands still, so it counts nobody out
                baton.happened();
            }));
        }
    }

    private boolean isOvertaken(int node) {
        return baton.actors().stream().anyMatch(actor -> actor.node == node && actor.overtaken);
    }

    private void addBeginning(List<Event> events, int i) {
        Scope.Operation operation = scope.operations.get(i);
        boolean isNext = (begun & (1 << i)) == 0;
        if (isNext && !crashed.contains(operation.node())) {
            events.add(new Event(operation.name() + " begins on n" + operation.node(), true, () -> {
                begun |= 1 << i;
                boolean reads = operation.kind() == Scope.Kind.READ;
                ModelNode node = nodes.get(operation.node());
                baton.start(
                        operation.name(),
                        operation.node(),
                        reads ? node::toString : () -> "",
                        () -> operate(operation));
                baton.resume(baton.actors().get(baton.actors().size() - 1), Ending.FINE);
            }));
        }
    }

    private void operate(Scope.Operation operation) {
        Migration<Integer, String> migration = migrations.get(operation.node());
        baton.note(nodes.get(operation.node()));
        Baton.beginsIn(migration.stageOf(KEY));
        oracle.begin(operation.name());
        try {
            operate(operation, migration);
        } catch (RuntimeException e) {
            String value = operation.kind() == Scope.Kind.DELETE ? "nothing" : operation.name();
            if (operation.kind() != Scope.Kind.READ && WriteOutcome.of(e) == WriteOutcome.NOT_APPLIED) {
                oracle.refused(operation.name(), value);
            } else {
                oracle.unknown(operation.name());
            }
        }
    }

    private void operate(Scope.Operation operation, Migration<Integer, String> migration) {
        String name = operation.name();
        switch (operation.kind()) {
            case READ -> oracle.read(name, migration.get(KEY));
            case PUT -> {
                oracle.writes(name, name);
                migration.put(KEY, name);
                oracle.acknowledged(name, name);
            }
            case DELETE -> {
                oracle.writes(name, "nothing");
                migration.delete(KEY);
                oracle.acknowledged(name, "nothing");
            }
            case UPDATE -> {
                oracle.writes(name, name);
                Optional<String> changed = migration.update(KEY, base -> {
                    oracle.replaced(base, name);
                    return name;
                });
                if (changed.isPresent()) {
                    oracle.acknowledged(name, name);
                } else {
                    oracle.read(name, Optional.empty());
                }
            }
        }
    }

    private List<String> names() {
        return baton.actors().stream().map(actor -> actor.name).collect(Collectors.toCollection(ArrayList::new));
    }

    private boolean isActive(String prefix) {
        return baton.actors().stream().anyMatch(actor -> actor.name.startsWith(prefix));
    }

    private void addControl(List<Event> events, int number) {
        String name = "control " + number;
        boolean rests = crashed.contains(number) || missed.containsKey(number);
        if (isActive(name) || rests || state().isAtGoal()) {
            return;
        }
        Controller controller = controllers.get(number);
        if (hasChangedFor(name)) {
            events.add(new Event(
                    "controller " + number + " looks", true, () -> start(name, number, () -> step(controller))));
        }
        boolean unswept = state().position()
                .slices()
                .anyMatch(slice -> slice.stage().isDual() && slice.journal().isEmpty());
        String backfill = name + " backfills";
        if (number == 0 && unswept && hasChangedFor(backfill)) {
            events.add(new Event("a backfill begins", true, () -> start(backfill, 0, this::backfill)));
        }
        if (number == 0 && scope.removed.contains(Rule.SWEEP_IN_SYNC) && !sweptEarly) {
            events.add(new Event(
                    "a sweep begins",
                    true,
                    () -> start(name + " sweeps", 0, () -> {
                        migrations.get(0).sweepRecorded();
                        sweptEarly = true;
                    })));
        }
    }

    private void step(Controller controller) {
        RecordedSweep before = controller.recordedSweep;
        if (sweptEarly) {
            controller.recordedSweep =
                    ofEverything(migrations.get(0).state(nodes.get(0).state()));
        }
        controller.step();
        if (scope.removed.contains(Rule.SWEEP_ID) && controller.recordedSweep != before) {
            controller.recordedSweep = ofEverything(state());
            controller.step();
        }
    }

    /** A sweep that counts for all there is in a state. */
    private RecordedSweep ofEverything(MigrationState of) {
        return RecordedSweep.of(of, of.position().slices().toList(), journal.id());
    }

    /** Whether something has changed since somebody of this name has looked last: to look again would be in vain. */
    private boolean hasChangedFor(String name) {
        return lookedAt.getOrDefault(name, -1L) != baton.changes();
    }

    private void start(String name, int node, Runnable body) {
        Supplier<?> sees = scope.versioned ? () -> "" : nodes.get(node)::toString; // where an entry has no source
        baton.start(name, node, sees, () -> {
            baton.note(nodes.get(node));
            ignoringFailures(body);
        });
        Actor actor = baton.actors().get(baton.actors().size() - 1);
        baton.resume(actor, Ending.FINE);
        if (actor.ended) {
            lookedAt.put(name, baton.changes());
        }
    }

    private static void ignoringFailures(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            Baton.current(); // a path failed, or somebody was faster: it is done again
        }
    }

    private void backfill() {
        FullSweep sweep = migrations.get(0).beginSweep();
        Side source = state().position().at(0).cameFrom();
        migrations.get(0).reconciler().reconcile(KEY, source);
        sweep.finished("explorer");
    }

    private void addRepairs(List<Event> events) {
        long active = baton.actors().stream()
                .filter(actor -> actor.name.startsWith("repair"))
                .count();
        int number = isActive("repair 0") ? 1 : 0;
        if (journal.hasDue() && active < scope.repairs && hasChangedFor("repair " + number)) {
            events.add(new Event(
                    "repair begins",
                    true,
                    () -> start(
                            "repair " + number,
                            0,
                            () -> tasks.get(0).get("turnout-repair-" + NAME).run())));
        }
    }

    private void addLateEffects(List<Event> events) {
        for (ModelPath path : List.of(oldPath, newPath)) {
            if (!path.late().isEmpty()) {
                events.add(new Event("what came late takes effect", true, () -> {
                    path.late().remove(0).run();
                    baton.happened();
                }));
            }
        }
    }

    private void nextGoal() {
        Snapshot now = store.read();
        MigrationState wanted = state().withGoal(Goal.of(scope.stages.get(goals++)));
        store.apply(Change.by("explorer", "moves").put(wanted, now.revisionOf(EntryKey.migration(NAME))));
        baton.happened();
    }

    /** Makes an event happen. */
    void happens(Event event) {
        List<String> looking = names();
        event.effect().run();
        looking.removeAll(names());
        looking.removeIf(name -> !name.startsWith("control") && !name.startsWith("repair"));
        looking.forEach(name -> lookedAt.put(name, baton.changes()));
        for (int i = 0; i < nodes.size(); i++) {
            // At once, as a late report only makes the controller wait.
            if (!crashed.contains(i) && !missed.containsKey(i) && hasNews(i)) {
                report(i);
            }
        }
    }

    /** What is wrong now; empty if nothing is. */
    List<String> problems() {
        List<String> problems = oracle.problems();
        return problems.isEmpty() ? problemsOfReaders() : problems;
    }

    /** What would be wrong if somebody asked one of the nodes now. */
    private List<String> problemsOfReaders() {
        for (int i = 0; i < nodes.size(); i++) {
            Route route = migrations.get(i).fence.current().value();
            boolean serves = !crashed.contains(i)
                    && route.lease().isValid(nodes.get(i).time().nanoTime());
            Stage stage = route.state().position().at(0).stage();
            boolean answers = stage != Stage.SYNC || oldPath.agreesWith(newPath);
            if (serves && answers) {
                ModelPath path = stage.side() == Side.NEW ? newPath : oldPath;
                List<String> problems = oracle.problemsOfReading(path.record.value());
                if (!problems.isEmpty()) {
                    return Stream.concat(Stream.of("n" + i + " would answer " + path), problems.stream())
                            .toList();
                }
            }
        }
        return List.of();
    }

    /** When nothing but faults can happen any more: lets all come to rest, and says what is wrong then. */
    List<String> atRest() {
        for (ModelPath path : List.of(oldPath, newPath)) {
            path.late().forEach(Runnable::run);
            path.late().clear();
        }
        List.copyOf(missed.values()).forEach(watchman::evict);
        for (int round = 0; round < ROUNDS_TO_REST; round++) {
            rest();
        }
        List<String> problems = new ArrayList<>();
        if (!state().isAtGoal() || goals < scope.stages.size()) {
            problems.add("it has not arrived at " + state().goal() + " but is at " + state().position());
        }
        boolean filled =
                state().position().slices().allMatch(slice -> !slice.journal().isEmpty());
        if (filled
                && scope.inTime
                && !journal.hasDue()
                && !oldPath.record.value().equals(newPath.record.value())) {
            problems.add("the paths differ: " + oldPath + ", " + newPath);
        }
        if (journal.hasDue()) {
            problems.add("repair has not ended: " + journal);
        }
        for (int i = 0; i < nodes.size(); i++) {
            if (!crashed.contains(i)) {
                oracle.begin("rest" + i);
                oracle.read("rest" + i, migrations.get(i).get(KEY));
            }
        }
        problems.addAll(oracle.problems());
        return problems;
    }

    private void rest() {
        watchman.look();
        for (int i = 0; i < nodes.size(); i++) {
            if (!crashed.contains(i)) {
                while (nodes.get(i).isBehind()) {
                    nodes.get(i).observe();
                }
                report(i);
            }
        }
        if (state().isAtGoal() && goals < scope.stages.size()) {
            nextGoal();
        }
        ignoringFailures(controllers.get(0)::step);
        if (!state().isAtGoal()) {
            ignoringFailures(this::backfill);
        }
        tasks.get(0).get("turnout-repair-" + NAME).run();
    }

    /** All that later events depend on. */
    String snapshot() {
        StringBuilder text = new StringBuilder();
        text.append(oldPath)
                .append(newPath)
                .append(journal)
                .append(fleet)
                .append(state())
                .append(nodes);
        for (Migration<Integer, String> migration : migrations) {
            text.append(migration.stageOf(KEY))
                    .append(migration.fence.current().version())
                    .append('.')
                    .append(migration.fence.acknowledged())
                    .append(migration.fence.current().value().tenure().owner());
        }
        controllers.forEach(controller -> text.append(controller.recordedSweep).append('.'));
        text.append(sweptEarly);
        text.append(missed.keySet())
                .append(crashed)
                .append(begun)
                .append(goals)
                .append(faults)
                .append(lateEffects)
                .append(crashes)
                .append(lapses)
                .append(wentBack);
        baton.actors().stream()
                .filter(actor -> !crashed.contains(actor.node))
                .map(actor -> actor.name
                        + actor.at
                        + actor.history
                        + baton.isReady(actor)
                        + actor.overtaken
                        + isOutdated(actor))
                .sorted()
                .forEach(text::append);
        lookedAt.keySet().stream().filter(name -> !hasChangedFor(name)).forEach(text::append);
        return text.append(oracle.state()).toString();
    }

    private boolean isOutdated(Actor actor) {
        boolean looksAgain = !scope.versioned && actor.name.matches("r\\d+"); // in SYNC, until both paths agree
        return looksAgain && baton.isOutdated(actor);
    }

    @Override
    public void close() {
        baton.abandon();
    }
}
