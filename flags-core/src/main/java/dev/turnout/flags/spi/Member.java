package dev.turnout.flags.spi;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.stage.StateId;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a fleet knows of a node that routes a migration.
 *
 * @param id identifies the membership among all that there have ever been
 * @param registration what the node reported when it joined
 * @param heartbeat grows with each report, so two looks show whether it lives
 * @param report its last report; {@link Report#NONE} before its first one
 */
public record Member(String id, Registration registration, long heartbeat, Report report) {
    /**
     * What a node reports when it joins.
     *
     * @param node its name, for operators; several nodes may have the same one
     * @param process identifies the process, or whatever else works by one view of the flag store: different for two that run at once, also
     *     under one name
     * @param journal identifies the journal it records keys in; shows whether nodes share one
     * @param keyText how it writes keys as text; shows whether nodes do it alike; empty if it does not report that; at
     *     most 250 characters of ASCII
     * @param lease how long it may work after each report; zero if it is not evicted by time, but by operators
     */
    public record Registration(String node, String process, String journal, String keyText, Duration lease) {
        /** Checks that they are there. */
        public Registration {
            requireNonNull(node, "node");
            requireNonNull(process, "process");
            requireNonNull(journal, "journal");
            requireNonNull(keyText, "keyText");
            requireNonNull(lease, "lease");
        }
    }

    /**
     * Where a node is.
     *
     * @param revision of the flag store's state that it uses
     * @param using the state by which it begins operations
     * @param acknowledged the newest version, of the same entry, for which all operations begun under older ones are over; 0 before its first
     *     report
     * @param override the stage by which operators make it route, whatever the flag store's state is; {@code null} if
     *     they do not
     * @param pathProblem how its calls of the paths fail, hang or are slow, in words and figures; empty if they do not,
     *     or it does not report that; at most {@value #LONGEST_PROBLEM} characters
     */
    public record Report(
            long revision,
            StateId using,
            long acknowledged,
            @Nullable Stage override,
            String pathProblem) {
        /** How many characters a path's problem has at most. */
        public static final int LONGEST_PROBLEM = 500;

        /** Before the first report. */
        public static final Report NONE = new Report(0, StateId.NONE, 0, null);

        /** Checks that there is a state, and that the problem is short enough. */
        public Report {
            requireNonNull(using, "using");
            if (pathProblem.length() > LONGEST_PROBLEM) {
                throw new IllegalArgumentException("A problem of paths has at most " + LONGEST_PROBLEM
                        + " characters in a report, but had " + pathProblem.length() + ".");
            }
        }

        /** Where no problem of paths is known. */
        public Report(long revision, StateId using, long acknowledged, @Nullable Stage override) {
            this(revision, using, acknowledged, override, "");
        }
    }

    /** Checks that they are there. */
    public Member {
        requireNonNull(id, "id");
        requireNonNull(registration, "registration");
        requireNonNull(report, "report");
    }

    /** The same member after another report. */
    public Member after(Report next) {
        return new Member(id, registration, heartbeat + 1, next);
    }

    /** Its node's name. */
    public String node() {
        return registration.node();
    }

    /** Identifies its process; see {@link Registration}. */
    public String process() {
        return registration.process();
    }

    /** Identifies its journal; see {@link Registration}. */
    public String journal() {
        return registration.journal();
    }

    /** How it writes keys as text; see {@link Registration}. */
    public String keyText() {
        return registration.keyText();
    }

    /** How long it may work after each report; zero if it is not evicted by time. */
    public Duration lease() {
        return registration.lease();
    }

    /** The revision of the flag store's state that it uses. */
    public long revision() {
        return report.revision();
    }

    /** The state by which it begins operations. */
    public StateId using() {
        return report.using();
    }

    /** The newest version that it has acknowledged; see {@link Report}. */
    public long acknowledged() {
        return report.acknowledged();
    }

    /** The stage by which operators make it route; {@code null} if they do not. */
    public @Nullable Stage override() {
        return report.override();
    }

    /**
     * How its calls of the paths fail, hang or are slow, in words; empty if they do not, or it does not report that.
     */
    public String pathProblem() {
        return report.pathProblem();
    }
}
