package dev.turnout.flags.jdbc.soak;

import java.util.Set;

/**
 * The verdict on a history that has windows in it of which nothing is promised. In these, reads prove nothing, and a
 * write that was acknowledged is one of
 * unknown outcome. A key that was written in a window is judged up to its first one; what comes after it is judged as well, but apart,
 * since both paths may have kept something else of that key.
 *
 * @param verdict on all that is promised
 * @param later on what came after a window, of the keys that were written in it
 * @param keysOfWindows those keys
 * @param recorded operations in all
 */
record Judgement(Verdict verdict, Verdict later, Set<Long> keysOfWindows, long recorded) {}
