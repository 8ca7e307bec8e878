package dev.turnout.flags.migration;

import static java.lang.invoke.MethodType.methodType;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The transactions that callers may be in, of whatever keeps them on this class path. What there is, is found once; to ask takes one call of it, or
 * none where there is nothing. Thread-safe.
 */
final class CallerTransactions {
    static final CallerTransactions NONE = new CallerTransactions(List.of());

    private static final MethodHandles.Lookup PUBLIC = MethodHandles.publicLookup();
    private static final String SPRING = "org.springframework.transaction.support.TransactionSynchronizationManager";
    private static final String REGISTRY = "TransactionSynchronizationRegistry";
    private static final String MANAGER = "TransactionManager";
    private static final List<String> NAMES_OF_MANAGER = List.of("java:/" + MANAGER, "java:appserver/" + MANAGER);
    // Of jakarta.transaction.Status.
    private static final int COMMITTED = 3;
    private static final int ROLLED_BACK = 4;
    private static final int NO_TRANSACTION = 6;

    /** Found at the first call that needs it. */
    static final class Known {
        static final CallerTransactions TRANSACTIONS = find();

        private Known() {}
    }

    private final TransactionProbe[] probes;

    CallerTransactions(List<TransactionProbe> probes) {
        this.probes = probes.toArray(TransactionProbe[]::new);
    }

    /**
     * Those that these classes see, the thread's own class loader, and that of this library: the one that this library is loaded by may know less than
     * that of an application.
     */
    static CallerTransactions find(Class<?>... users) {
        return find(CallerTransactions::byName, users);
    }

    /** @param byName what a Jakarta EE server has under a name; {@code null} if nothing */
    static CallerTransactions find(Function<String, @Nullable Object> byName, Class<?>... users) {
        List<ClassLoader> loaders = Stream.concat(
                        Stream.of(
                                Thread.currentThread().getContextClassLoader(),
                                CallerTransactions.class.getClassLoader()),
                        Stream.of(users).map(Class::getClassLoader))
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        List<TransactionProbe> found = new ArrayList<>();
        Set<Class<?>> known = new HashSet<>();
        for (ClassLoader loader : loaders) {
            for (TransactionProbe probe : ServiceLoader.load(TransactionProbe.class, loader)) {
                if (known.add(probe.getClass())) {
                    found.add(probe);
                }
            }
            Class<?> spring = type(SPRING, loader);
            if (spring != null && known.add(spring)) {
                found.add(new Called(spring(spring)));
            }
            for (String space : List.of("jakarta.transaction.", "javax.transaction.")) {
                Class<?> registry = type(space + REGISTRY, loader);
                if (registry != null && known.add(registry)) {
                    jakarta(registry, type(space + MANAGER, loader), byName).forEach(found::add);
                }
            }
        }
        return new CallerTransactions(found);
    }

    private static @Nullable Class<?> type(String name, ClassLoader loader) {
        try {
            return Class.forName(name, false, loader);
        } catch (ClassNotFoundException | LinkageError e) {
            return null;
        }
    }

    private static MethodHandle spring(Class<?> type) {
        try {
            return PUBLIC.findStatic(type, "isActualTransactionActive", methodType(boolean.class));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    "This version of Spring does not report whether a transaction is active, so writes inside one cannot be refused. Build the"
                            + " migration with allowedInTransactions() if none ever is.",
                    e);
        }
    }

    private static Stream<TransactionProbe> jakarta(
            Class<?> registry, @Nullable Class<?> manager, Function<String, @Nullable Object> byName) {
        Object ofServer = byName.apply("java:comp/" + REGISTRY);
        if (registry.isInstance(ofServer)) {
            return Stream.of(ofStatus(registry, "getTransactionStatus", ofServer));
        }
        return manager == null
                ? Stream.empty()
                : NAMES_OF_MANAGER.stream()
                        .map(byName)
                        .filter(manager::isInstance)
                        .limit(1)
                        .map(its -> ofStatus(manager, "getStatus", its));
    }

    private static TransactionProbe ofStatus(Class<?> type, String status, Object instance) {
        try {
            MethodHandle isActive = MethodHandles.lookup()
                    .findStatic(CallerTransactions.class, "isActive", methodType(boolean.class, int.class));
            MethodHandle itsStatus =
                    PUBLIC.findVirtual(type, status, methodType(int.class)).bindTo(instance);
            return new Called(MethodHandles.filterReturnValue(itsStatus, isActive));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Not a " + type.getName() + " as Jakarta EE describes it: " + instance, e);
        }
    }

    /** What runs after the end of a transaction is not in it any more. */
    @SuppressWarnings("UnusedMethod") // called by its handle
    private static boolean isActive(int status) {
        return status != NO_TRANSACTION && status != COMMITTED && status != ROLLED_BACK;
    }

    private static @Nullable Object byName(String name) {
        try { // by reflection: most that use this library need no module for names
            return Class.forName("javax.naming.InitialContext")
                    .getMethod("doLookup", String.class)
                    .invoke(null, name);
        } catch (ReflectiveOperationException | LinkageError e) {
            return null; // there is no server, or it has none
        }
    }

    private record Called(MethodHandle isActive) implements TransactionProbe {
        @Override
        public boolean isInTransaction() {
            try {
                return (boolean) isActive.invokeExact();
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /**
     * Whether the calling thread is in one.
     *
     * @throws UnavailableException if that cannot be determined
     */
    boolean areActive() {
        for (TransactionProbe probe : probes) {
            boolean inTransaction;
            try {
                inTransaction = probe.isInTransaction();
            } catch (RuntimeException | LinkageError e) {
                throw new UnavailableException(
                        "The transaction probe failed, so the caller may be inside a transaction. Nothing was applied.",
                        e);
            }
            if (inTransaction) {
                return true;
            }
        }
        return false;
    }
}
