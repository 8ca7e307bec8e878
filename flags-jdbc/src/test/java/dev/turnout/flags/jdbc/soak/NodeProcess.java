package dev.turnout.flags.jdbc.soak;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A {@link SoakNode} as its starter sees it. Thread-safe, but one thread at a time waits for an answer of one kind. */
final class NodeProcess {
    private final NodeSettings settings;
    private final Process process;
    private final BufferedWriter input;
    private final ConcurrentMap<String, BlockingQueue<String>> answers = new ConcurrentHashMap<>();

    private volatile long operations;

    private NodeProcess(NodeSettings settings, Process process, Path log) {
        this.settings = settings;
        this.process = process;
        input = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        Thread reader = new Thread(() -> read(log), "output-of-" + settings.name());
        reader.setDaemon(true);
        reader.start();
    }

    static NodeProcess start(NodeSettings settings, Path log) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", // a node seldom lives long enough for more
                "-XX:+UseSerialGC",
                "-Xmx160m",
                "-cp",
                classPath(),
                SoakNode.class.getName()));
        command.addAll(settings.toArguments());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        return new NodeProcess(settings, process, log);
    }

    private static String classPath() {
        return String.join(
                File.pathSeparator,
                Path.of("target", "test-classes").toAbsolutePath().toString(),
                System.getProperty("jdk.module.path", ""),
                System.getProperty("java.class.path"));
    }

    private void read(Path log) {
        try (BufferedReader output =
                        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
                PrintWriter file = new PrintWriter(Files.newBufferedWriter(log), true)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith("@")) {
                    String[] parts = line.substring(1).split(" ", 2);
                    if (parts[0].equals(SoakNode.OPERATIONS)) {
                        operations = Long.parseLong(parts[1]);
                    } else {
                        answers(parts[0]).add(parts[1]);
                    }
                } else {
                    file.println(line);
                }
            }
        } catch (IOException e) {
            // it was killed
        }
    }

    private BlockingQueue<String> answers(String to) {
        return answers.computeIfAbsent(to, key -> new LinkedBlockingQueue<>());
    }

    NodeSettings settings() {
        return settings;
    }

    /** How many it has done, as it reported last. */
    long operations() {
        return operations;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Nothing happens if it is dead. */
    synchronized void say(String command) {
        try {
            input.write(command + "\n");
            input.flush();
        } catch (IOException e) {
            // it is dead
        }
    }

    /** The next answer of a kind; empty if none comes in time, or the process has ended. */
    Optional<String> await(String answer, Duration most) throws InterruptedException {
        long deadline = System.nanoTime() + most.toNanos();
        while (true) {
            boolean alive = isAlive();
            String next = answers(answer).poll(20, TimeUnit.MILLISECONDS);
            if (next != null || !alive || System.nanoTime() - deadline > 0) {
                return Optional.ofNullable(next);
            }
        }
    }

    /** Asks for something that is answered by a word of the same name. */
    Optional<String> ask(String command, Duration most) throws InterruptedException {
        return ask(command, command, most);
    }

    /** The same, where more than a word is asked. */
    Optional<String> ask(String answer, String command, Duration most) throws InterruptedException {
        answers(answer).clear();
        say(command);
        return await(answer, most);
    }

    /** With SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** With SIGSTOP: it does not notice. */
    void suspend() throws IOException, InterruptedException {
        signal("-STOP");
    }

    void resume() throws IOException, InterruptedException {
        signal("-CONT");
    }

    private void signal(String signal) throws IOException, InterruptedException {
        new ProcessBuilder("kill", signal, String.valueOf(process.pid()))
                .redirectErrorStream(true)
                .start()
                .waitFor();
    }

    boolean awaitExit(Duration most) throws InterruptedException {
        return process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS);
    }
}
