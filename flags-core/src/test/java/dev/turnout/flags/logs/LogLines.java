package dev.turnout.flags.logs;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/** What a class logs, as "LEVEL message", instead of on the console. */
public final class LogLines implements AutoCloseable {
    static {
        // This module reads no logging implementation, and its tests need one.
        for (String name : List.of("ch.qos.logback.classic.Logger", "ch.qos.logback.core.Appender")) {
            try {
                LogLines.class.getModule().addReads(Class.forName(name).getModule());
            } catch (ClassNotFoundException e) {
                throw new ExceptionInInitializerError(e);
            }
        }
    }

    private final Logger logger;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final Queue<String> traces = new ConcurrentLinkedQueue<>();

    public LogLines(Class<?> of) {
        this(of.getName());
    }

    /** For a class of another module, hidden there. */
    @SuppressWarnings("unchecked") // of whatever is logged
    public LogLines(String of) {
        logger = (Logger) LoggerFactory.getLogger(of);
        // A proxy, as a class of our own could not be loaded before its superclass's module is read.
        logger.addAppender((Appender<ILoggingEvent>) Proxy.newProxyInstance(
                Appender.class.getClassLoader(), new Class<?>[] {Appender.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("doAppend")) {
                        ILoggingEvent event = (ILoggingEvent) arguments[0];
                        if (event.getThrowableProxy() != null) {
                            traces.add(String.valueOf(event.getThrowableProxy().getMessage()));
                        }
                        lines.add(event.getLevel() + " " + event.getFormattedMessage());
                    }
                    return null;
                }));
        logger.setAdditive(false);
        logger.setLevel(Level.INFO);
    }

    public String next() throws InterruptedException {
        return lines.poll(10, TimeUnit.SECONDS);
    }

    public List<String> all() {
        return List.copyOf(lines);
    }

    /** What was thrown, as its message, by each line that has a stack trace. */
    public List<String> traces() {
        return List.copyOf(traces);
    }

    @Override
    public void close() {
        logger.setLevel(null);
        logger.detachAndStopAllAppenders(); // the console stays without its lines: one may be under way
    }
}
