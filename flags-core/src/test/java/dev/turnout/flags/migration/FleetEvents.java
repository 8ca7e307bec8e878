package dev.turnout.flags.migration;

import dev.turnout.flags.migration.World.Event;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Member;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The failureDetector of the first node: evicts nodes that have lost contact when the time has passed after which nothing of them can take effect any more, and
 * hands over what they left. Also a process of an old build, which only reports its presence.
 */
final class FleetEvents implements Part {
    private static final Duration CALLS = Duration.ofSeconds(10); // as long as a call may take, without versions
    private static final Duration CLOCKS = World.LEASE.dividedBy(100).plusMillis(200); // as far as they run apart

    private final World world;
    private final FailureDetector failureDetector;
    private final Set<String> kept = new TreeSet<>(); // nodes that were not evicted though the time had passed
    private FleetStore.@Nullable Membership oldBuild;

    FleetEvents(World world) {
        this.world = world;
        failureDetector = new FailureDetector(world.nodes.get(0).migration);
        if (world.scope.oldBuild != null) {
            oldBuildSaysThatItIsThere();
        }
    }

    private void oldBuildSaysThatItIsThere() {
        oldBuild = world.fleet.join(
                FleetStore.EVERYBODY,
                new Member.Registration(
                        String.valueOf(world.scope.oldBuild), "process of the old build", "", "", World.LEASE));
    }

    @Override
    public void addEvents(List<Event> events) {
        for (ModelNode node : world.nodes) {
            Member missing = node.missed;
            boolean waits = missing != null && missing.equals(world.fleet.of(node.name()));
            boolean mayWrite = world.scope.inTime && !node.crashed && isOvertaken(node);
            if (world.scope.refuses()) {
                String evictor = "evictor of " + node.name();
                if (waits && !world.looks.isActive(evictor)) {
                    events.add(new Event(evictor + " begins", true, () -> evict(evictor, missing)));
                }
            } else if (waits && !mayWrite && !kept.contains(node.name())) {
                events.add(new Event(node.name() + " is counted out", true, () -> {
                    countOutWhoIsMissing();
                    world.baton.happened();
                }));
            }
        }
        for (String node : nodesThatLeftSomething()) {
            events.add(new Event("what " + node + " left goes to repair", true, () -> {
                look();
                world.baton.happened();
            }));
        }
        addEventsOfOldBuild(events);
    }

    /** Step by step, as it calls the stores of the paths. */
    private void evict(String evictor, Member missing) {
        world.baton.start(
                evictor,
                0,
                () -> "",
                () -> Looks.ignoringFailures(() -> world.baton.note(failureDetector.evictFenced(missing))));
        world.baton.resume(world.baton.actors().get(world.baton.actors().size() - 1), Baton.Ending.FINE);
    }

    private boolean isOvertaken(ModelNode node) {
        return world.baton.actors().stream().anyMatch(actor -> actor.node == node.number && actor.overtaken);
    }

    /** By the names of nodes, as those of members depend on the order of events. */
    private Set<String> nodesThatLeftSomething() {
        return world.journal.owners().stream()
                .filter(owner -> !owner.isEmpty() && !world.fleet.isMember(owner))
                .map(owner -> owner.replaceAll("#.*", ""))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private void addEventsOfOldBuild(List<Event> events) {
        FleetStore.Membership membership = oldBuild;
        if (membership == null) {
            return;
        }
        boolean isThere = world.fleet.members(FleetStore.EVERYBODY).stream()
                .anyMatch(member -> member.id().equals(membership.id()));
        if (!isThere) {
            events.add(new Event("the old build says that it is there", true, () -> {
                oldBuildSaysThatItIsThere();
                world.baton.happened();
            }));
        }
        if (OperationEvents.hasEnded(world, Scope.Kind.OLD_BUILD_PUT)) {
            events.add(new Event("the old build ends", true, () -> {
                membership.close();
                oldBuild = null;
                world.baton.happened();
            }));
        }
    }

    /** The failureDetector sees the last report of a node that loses contact for a while. */
    void misses(ModelNode node) {
        node.missed = world.fleet.of(node.name());
        kept.remove(node.name());
        look();
        if (world.scope.drifts) { // its lease is valid still, and its clock as slow as it may be
            passes(World.LEASE.plus(CLOCKS).minusNanos(1));
        }
    }

    /** So much time passes that nothing of nodes that have lost contact can take effect any more. */
    void countOutWhoIsMissing() {
        passes(World.LEASE.plus(CLOCKS).plusNanos(1));
        if (!world.scope.versioned) {
            passes(CALLS);
        }
        world.nodes.stream()
                .filter(node -> node.missed != null && node.missed.equals(world.fleet.of(node.name())))
                .forEach(node -> kept.add(node.name()));
    }

    private void passes(Duration time) {
        world.nodes.stream().filter(ModelNode::isInContact).forEach(ModelNode::report);
        if (oldBuild != null) {
            var unused = oldBuild.report(Member.Report.NONE);
        }
        world.nodes.get(0).watchLater(time);
        look();
    }

    /** Does what the failureDetector does again and again. */
    void look() {
        world.nodes.get(0).whileWatching(failureDetector::look);
    }

    @Override
    public String state() {
        return kept + "" + (oldBuild == null);
    }
}
