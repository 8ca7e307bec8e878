package dev.turnout.flags.migration;

import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.stage.StateId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Some nodes, two stores, a journal, a fleet and a flag store, in which nothing happens but what is chosen. The nodes
 * run the production code. The parts list what can happen, one for each kind of actor; {@code docs/verification.md}
 * states what they leave out.
 */
final class World implements AutoCloseable {
    static final String NAME = "m";
    static final String COHORT = "vip";
    /** In the cohort, and in the share. */
    static final int KEY = 1;
    /** In neither. */
    static final int OTHER = 3;
    /** Parts per million of the keys: the first key is among them, the other is not. */
    static final int SHARE = 700_000;

    static final Duration LEASE = Duration.ofSeconds(30);
    private static final int ROUNDS_TO_REST = 40;

    static {
        Bucketing bucketing = new Bucketing(NAME);
        if (bucketing.bucket("" + KEY) >= SHARE || bucketing.bucket("" + OTHER) < SHARE) {
            throw new IllegalStateException("The keys are on one side of the share.");
        }
    }

    /** Something that can happen now. */
    record Event(String name, boolean isProgress, Runnable effect) {}

    final Scope scope;
    final Baton baton = new Baton();
    final Histories histories;
    final ModelPath oldPath;
    final ModelPath newPath;
    final Records journal;
    final ModelFleet fleet;
    final ModelFlagStore store;
    final List<ModelNode> nodes = new ArrayList<>();
    final Looks looks = new Looks(this);
    final FleetEvents watching;
    final ControllerEvents controllers;
    final OperatorEvents operators;
    private final List<Part> parts;

    World(Scope scope) {
        this.scope = scope;
        histories = new Histories(scope);
        boolean newIsFirst = scope.start.side() == Side.NEW;
        oldPath = new ModelPath(Side.OLD, this, scope.copied || !newIsFirst);
        newPath = new ModelPath(Side.NEW, this, scope.copied || newIsFirst);
        oldPath.beside(newPath);
        newPath.beside(oldPath);
        journal = scope.records == Scope.Recorded.SHARED_MEMORY
                ? new ModelJournal(baton, scope.removed)
                : new ModelTable(baton, scope);
        fleet = new ModelFleet(baton, scope.removed, scope.accident != null, journal);
        store = new ModelFlagStore(baton, Start.document(scope));
        for (int i = 0; i < scope.nodes; i++) {
            addNode();
        }
        watching = new FleetEvents(this);
        controllers = new ControllerEvents(this);
        operators = new OperatorEvents(this);
        parts = List.of(
                new CallEvents(this),
                new NodeEvents(this),
                watching,
                new OperationEvents(this),
                controllers,
                new RepairEvents(this),
                operators,
                new LateEvents(this));
        if (scope.dirty) {
            journal.of(nodes.get(0)).record(KEY, newIsFirst ? Side.NEW : Side.OLD);
        }
        if (scope.goals.size() > 1 && !scope.overrides) {
            operators.nextGoal(); // what happens before it would happen after it too, as long as no controller looks
            nodes.subList(0, scope.controllers).forEach(ModelNode::observe);
        }
    }

    void addNode() {
        nodes.add(new ModelNode(this, nodes.size()));
    }

    /** Whether a node may report nothing of what it does now. */
    boolean hasLapsed(int number) {
        if (number < 0 || scope.removed.contains(Rule.LEASE) || scope.removed.contains(Rule.LEASE_AT_END)) {
            return false;
        }
        ModelNode node = nodes.get(number);
        return node.missed != null && !scope.drifts && !scope.fences && node.override() == null;
    }

    MigrationState state() {
        return nodes.get(0).migration.state(store.read());
    }

    /** What can happen now, in an order that depends on nothing else. */
    List<Event> events() {
        List<Event> events = new ArrayList<>();
        parts.forEach(part -> part.addEvents(events));
        return events;
    }

    /** Makes an event happen. */
    void happens(Event event) {
        looks.during(event.effect());
        // At once, as a late report only makes the controller wait.
        nodes.stream().filter(node -> node.isInContact() && node.hasNews()).forEach(ModelNode::report);
    }

    /** What is wrong now; empty if nothing is. */
    List<String> problems() {
        List<String> problems = histories.problems();
        return problems.isEmpty() ? problemsOfReaders() : problems;
    }

    /** What would be wrong if a caller asked one of the nodes now. */
    private List<String> problemsOfReaders() {
        for (ModelNode node : nodes) {
            for (int key : scope.keys()) {
                Stage stage = node.migration.stageOf(key);
                boolean answers = stage != Stage.SYNC || oldPath.agreesWith(newPath, key);
                if (node.serves() && answers) {
                    ModelPath path = stage.side() == Side.NEW ? newPath : oldPath;
                    List<String> problems =
                            histories.of(key).problemsOfReading(path.record(key).value());
                    if (!problems.isEmpty()) {
                        return Stream.concat(Stream.of(node.name() + " would answer " + path), problems.stream())
                                .toList();
                    }
                }
            }
        }
        return List.of();
    }

    /** When nothing but faults can happen any more: lets all come to rest, and returns what is wrong then. */
    List<String> atRest() {
        Stream.of(oldPath, newPath).forEach(ModelPath::letLateCallsArrive);
        watching.countOutWhoIsMissing();
        for (int round = 0; round < ROUNDS_TO_REST; round++) {
            rest();
        }
        List<String> problems = new ArrayList<>();
        boolean knowsTheWay = scope.accident == null; // else it is enough that nothing is lost
        if (knowsTheWay && (!state().isAtGoal() || operators.hasMoreGoals())) {
            problems.add("it has not arrived at " + state().goal() + " but is at " + state().position());
        }
        boolean filled =
                state().position().slices().allMatch(slice -> slice.journal().equals(journal.idNow()));
        for (int key : scope.keys()) {
            boolean mustAgree = filled && knowsTheWay && scope.inTime && !journal.hasDue();
            if (mustAgree && oldPath.differsFrom(newPath, key)) {
                problems.add("the paths differ: " + oldPath + ", " + newPath);
            }
        }
        if (knowsTheWay && journal.hasDue()) {
            problems.add("repair has not ended: " + journal);
        }
        if (isLost()) {
            problems.add("the flag store was not given back what it has lost: it has " + state().id()
                    + ", and nodes are " + nodes);
        }
        nodes.stream()
                .filter(ModelNode::serves)
                .forEach(node -> scope.keys().forEach(key -> readAtRest(node, key, problems)));
        problems.addAll(histories.problems());
        return problems;
    }

    /** Whether the flag store lacks the position that the first node, which has a controller, knows as the last one. */
    private boolean isLost() {
        StateId last = nodes.get(0).migration.route().id();
        return LostPosition.isLost(last, state())
                && nodes.stream()
                        .filter(ModelNode::isAlive)
                        .allMatch(node -> last.follows(node.migration.route().id()));
    }

    private void readAtRest(ModelNode node, int key, List<String> problems) {
        Optional<String> answer;
        try {
            answer = node.migration.get(key);
        } catch (UnavailableException e) {
            if (scope.accident == null) { // else the flag store may have lost who wrote a newer record
                problems.add("node " + node.number + " does not answer at rest: " + e.getMessage());
            }
            return;
        }
        histories.of(key).readAtOnce("rest" + node.number, answer);
    }

    private void rest() {
        watching.look();
        for (ModelNode node : nodes) {
            if (node.isAlive()) {
                journal.storeWhatWaits(node);
                while (node.isBehind()) {
                    node.observe();
                }
                node.report();
            }
        }
        operators.rest();
        controllers.rest();
        nodes.get(0).repair();
    }

    /** All that later events depend on. */
    String snapshot() {
        StringBuilder text = new StringBuilder();
        text.append(oldPath)
                .append(newPath)
                .append(journal)
                .append(fleet)
                .append(store.state())
                .append(nodes);
        parts.forEach(part -> text.append(part.state()).append('|'));
        return text.append(looks).append(histories).toString();
    }

    @Override
    public void close() {
        baton.abandon();
    }
}
