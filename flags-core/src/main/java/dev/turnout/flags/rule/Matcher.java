package dev.turnout.flags.rule;

/**
 * A condition or a cohort made ready to be asked: what can be parsed or looked up beforehand has been. Immutable and thread-safe; never
 * blocks and never throws.
 */
public interface Matcher {
    /** Whether it holds for the subject. */
    boolean matches(Subject subject);

    /** Why it holds or does not, in words; with the subject's own values. */
    String why(Subject subject);
}
