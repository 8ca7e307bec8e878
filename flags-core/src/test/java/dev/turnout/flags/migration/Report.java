package dev.turnout.flags.migration;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A table of what a run has found, in {@code target/protocol}: the figures of {@code docs/verification.md} are from there. */
final class Report {
    private final Path file;
    private final List<String> lines = new ArrayList<>();

    Report(String name, String... head) {
        file = Path.of("target", "protocol", name + ".md");
        lines.addAll(List.of(head));
    }

    synchronized void add(String line) {
        lines.add(line);
        write();
    }

    /** Replaces its lines. */
    synchronized void say(List<String> all) {
        lines.clear();
        lines.addAll(all);
        write();
    }

    private void write() {
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
