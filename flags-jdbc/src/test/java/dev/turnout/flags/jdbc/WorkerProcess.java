package dev.turnout.flags.jdbc;

import dev.turnout.flags.jdbc.soak.Link;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/** A process that works at something with others, whose output a thread reads. */
public final class WorkerProcess {
    private final Process process;
    private final List<String> lines = new ArrayList<>();
    private boolean hasEnded; // guarded by lines

    private WorkerProcess(Process process) {
        this.process = process;
        Thread reader = new Thread(this::read);
        reader.setDaemon(true);
        reader.start();
    }

    /** Runs a class of the tests, with its arguments. */
    public static WorkerProcess start(Class<?> main, String... arguments) throws IOException {
        return start(List.of(), main, arguments);
    }

    /** The same, with options of the virtual machine. */
    public static WorkerProcess start(List<String> options, Class<?> main, String... arguments) throws IOException {
        return start(classPath(), options, main, arguments);
    }

    /** The same class, with another build of the library, of which the main classes are given. */
    public static WorkerProcess startOf(String build, Class<?> main, String... arguments) throws IOException {
        return start(build + File.pathSeparator + classPath(), List.of(), main, arguments);
    }

    private static WorkerProcess start(String classPath, List<String> options, Class<?> main, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-classpath",
                classPath));
        command.addAll(options);
        command.add(main.getName());
        command.addAll(List.of(arguments));
        return new WorkerProcess(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** Of tests, which may run as a module that is patched with them. */
    private static String classPath() {
        return String.join(
                File.pathSeparator,
                Path.of("target", "test-classes").toString(),
                System.getProperty("jdk.module.path", ""),
                System.getProperty("java.class.path"));
    }

    private void read() {
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                synchronized (lines) {
                    lines.add(line);
                    lines.notifyAll();
                }
            }
        } catch (IOException e) {
            // it was killed
        } finally {
            synchronized (lines) {
                hasEnded = true;
                lines.notifyAll();
            }
        }
    }

    /** Waits for a line that begins so; fails if there is none in the end. */
    public void await(String beginning) throws InterruptedException {
        synchronized (lines) {
            while (lines.stream().noneMatch(line -> line.startsWith(beginning))) {
                if (hasEnded) {
                    throw new IllegalStateException("It ended without '" + beginning + "', and has printed " + lines);
                }
                lines.wait();
            }
        }
    }

    /** Waits for a line that begins so, after the first that begins as another; fails if there is none in the end. */
    public void awaitAfter(String first, String beginning) throws InterruptedException {
        synchronized (lines) {
            while (lines.stream()
                    .dropWhile(line -> !line.startsWith(first))
                    .noneMatch(line -> line.startsWith(beginning))) {
                if (hasEnded) {
                    throw new IllegalStateException(
                            "It ended without '" + beginning + "' after '" + first + "', and has printed " + lines);
                }
                lines.wait();
            }
        }
    }

    /** What it has printed until now. */
    public List<String> lines(String beginning) {
        synchronized (lines) {
            return lines.stream().filter(line -> line.startsWith(beginning)).toList();
        }
    }

    public void signal(String name) throws IOException, InterruptedException {
        int result = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                .inheritIO()
                .start()
                .waitFor();
        if (result != 0) {
            throw new IllegalStateException("kill -" + name + " ended with " + result + ".");
        }
    }

    /** Sends it a line. */
    public void tell(String line) throws IOException {
        Writer commands = process.outputWriter(StandardCharsets.UTF_8);
        commands.write(line + "\n");
        commands.flush();
    }

    /** A pattern of the owner that its runs give themselves. */
    public String owner() {
        return "process " + process.pid() + ",%";
    }

    /** After it has ended, a minute from now at most. */
    public int exitValue() throws InterruptedException {
        if (!process.waitFor(1, TimeUnit.MINUTES)) {
            throw new IllegalStateException("It does not end.");
        }
        return process.exitValue();
    }

    public void end() {
        process.destroyForcibly();
    }

    /** A database, as another process reaches it. */
    public static String url(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return connection.getMetaData().getURL();
        }
    }

    public static int port(DataSource database) throws SQLException {
        return URI.create(url(database).substring("jdbc:".length())).getPort();
    }

    /** The same, but through a link to its server. */
    public static String through(Link link, DataSource database) throws SQLException {
        return url(database).replace(":" + port(database) + "/", ":" + link.port() + "/")
                + "&socketTimeout=2&connectTimeout=2&loginTimeout=2";
    }
}
