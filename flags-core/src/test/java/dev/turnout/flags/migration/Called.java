package dev.turnout.flags.migration;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which methods of the production code worlds have been seen in: those on the stack when a store is called. A method
 * that calls no store, such as one that only returns a name, is never seen.
 */
final class Called {
    private static final int ONE_IN = 32; // as a look at the stack takes as long as a step
    private static final StackWalker STACK = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);
    private static final Set<String> SEEN = ConcurrentHashMap.newKeySet();
    private static final Set<Class<?>> LOOKED_AT = Set.of(
            Migration.class,
            Controller.class,
            Gates.class,
            Nodes.class,
            Operation.class,
            PlainPaths.class,
            VersionedPaths.class,
            Walk.class,
            FleetMembership.class,
            Sweeps.class,
            FailureDetector.class);
    private static int steps;

    private Called() {}

    /** A store is called. */
    static synchronized void here() {
        if (steps++ % ONE_IN == 0) {
            always();
        }
    }

    /** The same, where it is rare. */
    static void always() {
        STACK.forEach(frame -> {
            if (LOOKED_AT.contains(frame.getDeclaringClass())) {
                SEEN.add(name(frame.getDeclaringClass(), frame.getMethodName()));
            }
        });
    }

    private static String name(Class<?> type, String method) {
        return type.getSimpleName() + "." + method;
    }

    /** The methods, public or not, that no world was seen in until now. */
    static Set<String> unseen() {
        return LOOKED_AT.stream()
                .flatMap(type -> Stream.of(type.getDeclaredMethods()).map(method -> text(type, method)))
                .filter(name -> !name.isEmpty() && !SEEN.contains(name))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String text(Class<?> type, Method method) {
        boolean made = method.isSynthetic() || Modifier.isAbstract(method.getModifiers());
        return made || method.getName().equals("toString") ? "" : name(type, method.getName());
    }
}
