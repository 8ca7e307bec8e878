package dev.turnout.flags.document;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.rule.Condition;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.OldPathState;
import dev.turnout.flags.stage.Position;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How a migration stands in a document. */
final class MigrationFormat {
    // There are seven stages, and ranges go from later ones to earlier ones; those of one stage differ in how
    // they came there.
    private static final int MOST_RANGES = 100;

    private MigrationFormat() {}

    static MigrationState read(String name, Located located) {
        long version = located.optional("version").map(MigrationFormat::version).orElse(1L);
        Position position = located.required("position").into(fields -> position(fields, version));
        MigrationState state = new MigrationState(
                name,
                located.optional("incarnation")
                        .map(text -> text.into(any -> incarnation(name, any)))
                        .orElse(""),
                version,
                BucketingFormat.read(located, name),
                position,
                located.optional("goal")
                        .map(fields -> fields.into(MigrationFormat::goal))
                        .orElseGet(position::here),
                located.optional("paused").map(Located::bool).orElse(false),
                located.optional("acknowledged")
                        .map(number -> acknowledged(number, version))
                        .orElse(0L));
        located.optional("bucketing").ifPresent(Located::nothingElse);
        located.nothingElse();
        return state;
    }

    /** Checked by itself, so an error in it is reported with its own place. */
    private static String incarnation(String name, Located located) {
        return MigrationState.startingAt(name, located.text(), Stage.OFF).incarnation();
    }

    private static long version(Located located) {
        long version = located.wholeNumber();
        if (version < 1) {
            throw located.problem("a version must be at least 1, but was " + version);
        }
        return version;
    }

    private static long acknowledged(Located located, long version) {
        long acknowledged = located.wholeNumber();
        if (acknowledged < 0 || acknowledged > version) {
            throw located.problem("the version that all nodes have acknowledged is from 0 to the migration's version, "
                    + version + ", but was " + acknowledged);
        }
        return acknowledged;
    }

    private static Position position(Located located, long version) {
        if (!located.isMap()) {
            return Position.all(Slice.startingAt(stage(located), version)); // short for: all keys there
        }
        Map<String, Slice> cohorts = new LinkedHashMap<>();
        located.optional("cohorts")
                .ifPresent(map -> map.entries()
                        .forEach((cohort, slice) -> cohorts.put(cohort, slice.into(fields -> slice(fields, version)))));
        List<Position.Range> ranges = new ArrayList<>();
        Located list = located.required("ranges");
        if (list.items().size() > MOST_RANGES) {
            throw list.problem("a position has " + MOST_RANGES + " ranges at most, but had "
                    + list.items().size() + "; neighbours in one stage can be one range");
        }
        for (Located item : list.items()) {
            int below = FlagFormat.ppm(item.required("below"));
            ranges.add(new Position.Range(below, item.into(fields -> slice(fields, version))));
        }
        located.nothingElse();
        return new Position(cohorts, ranges);
    }

    private static Slice slice(Located located, long version) {
        Slice worst = Slice.startingAt(stage(located.required("stage")), version);
        Slice slice = new Slice(
                worst.stage(),
                located.optional("since").map(Located::wholeNumber).orElse(worst.since()),
                located.optional("dualSince").map(Located::wholeNumber).orElse(worst.dualSince()),
                located.optional("cameFrom")
                        .map(side -> side.oneOf(Side.class, Enum::name))
                        .orElse(worst.cameFrom()),
                located.optional("journal").map(Located::text).orElse(worst.journal()),
                located.optional("oldPath")
                        .map(old -> old.oneOf(OldPathState.class, Enum::name))
                        .orElse(worst.oldPath()),
                located.optional("drained").map(Located::bool).orElse(false));
        located.nothingElse();
        return slice;
    }

    private static Stage stage(Located located) {
        return located.oneOf(Stage.class, Enum::name);
    }

    private static Goal goal(Located located) {
        if (!located.isMap()) {
            return Goal.of(stage(located)); // short for: all keys there
        }
        Map<String, Stage> cohorts = new LinkedHashMap<>();
        located.optional("cohorts")
                .ifPresent(map -> map.entries().forEach((cohort, stage) -> cohorts.put(cohort, stage(stage))));
        Goal goal = new Goal(
                stage(located.required("stage")),
                located.optional("share").map(FlagFormat::ppm).orElse(Bucketing.PARTS),
                cohorts);
        located.nothingElse();
        return goal;
    }

    static void write(ObjectNode node, MigrationState migration) {
        if (!migration.incarnation().isEmpty()) {
            node.put("incarnation", migration.incarnation());
        }
        node.put("version", migration.version());
        write(node.putObject("goal"), migration.goal());
        write(node.putObject("position"), migration.position());
        if (migration.paused()) {
            node.put("paused", true);
        }
        if (migration.acknowledged() > 0) {
            node.put("acknowledged", migration.acknowledged());
        }
        BucketingFormat.write(node, migration.bucketing(), Condition.TARGETING_KEY);
    }

    private static void write(ObjectNode node, Goal goal) {
        node.put("stage", goal.stage().name()).put("share", goal.sharePpm());
        ObjectNode cohorts = node.putObject("cohorts");
        goal.cohorts().forEach((cohort, stage) -> cohorts.put(cohort, stage.name()));
    }

    private static void write(ObjectNode node, Position position) {
        ObjectNode cohorts = node.putObject("cohorts");
        position.cohorts().forEach((cohort, slice) -> write(cohorts.putObject(cohort), slice));
        ArrayNode ranges = node.putArray("ranges");
        position.ranges().forEach(range -> write(ranges.addObject().put("below", range.below()), range.slice()));
    }

    private static void write(ObjectNode node, Slice slice) {
        node.put("stage", slice.stage().name())
                .put("since", slice.since())
                .put("dualSince", slice.dualSince())
                .put("cameFrom", slice.cameFrom().name())
                .put("journal", slice.journal())
                .put("oldPath", slice.oldPath().name());
        if (slice.drained()) {
            node.put("drained", true);
        }
    }
}
