package dev.turnout.flags.jdbc.soak;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * All that was recorded in a directory. Tens of millions of operations are checked in little memory: they are first dealt out to files by
 * key, and each of these is then read and checked alone.
 */
final class History {
    private static final int PARTS = 64;
    private static final long AFTER_ALL = Op.NEVER - 1;

    private final Path directory;

    History(Path directory) {
        this.directory = directory;
    }

    /**
     * Checks it, where all is promised.
     *
     * @param stored the value of each key that is stored in the end
     */
    Verdict check(Map<Long, Long> stored) throws IOException {
        return check(stored, List.of()).verdict();
    }

    /** The same, where nothing is promised in some windows. They come in the order of time, and do not overlap. */
    Judgement check(Map<Long, Long> stored, List<Window> windows) throws IOException {
        Path parts = Files.createDirectory(directory.resolve("parts"));
        deal(parts);
        WindowedCheck check = new WindowedCheck(windows);
        for (int part = 0; part < PARTS; part++) {
            Path file = parts.resolve(part + OpFile.SUFFIX);
            checkPart(file, stored, check);
            Files.delete(file);
        }
        Files.delete(parts);
        return check.judgement();
    }

    private void deal(Path parts) throws IOException {
        List<OutputStream> outputs = new ArrayList<>();
        try {
            for (int part = 0; part < PARTS; part++) {
                outputs.add(new BufferedOutputStream(Files.newOutputStream(parts.resolve(part + OpFile.SUFFIX))));
            }
            byte[] bytes = new byte[OpFile.SIZE];
            ByteBuffer one = ByteBuffer.allocateDirect(OpFile.SIZE); // some JDKs refuse atomic access to arrays
            for (Path file : files()) {
                read(file, op -> {
                    OpFile.write(one, 0, op);
                    one.get(0, bytes);
                    write(outputs.get((int) (op.key() % PARTS)), bytes);
                });
            }
        } finally {
            for (OutputStream output : outputs) {
                output.close();
            }
        }
    }

    private static void write(OutputStream output, byte[] bytes) {
        try {
            output.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(file -> file.toString().endsWith(OpFile.SUFFIX)).toList();
        }
    }

    private static void read(Path path, Consumer<Op> to) throws IOException {
        byte[] bytes = Files.readAllBytes(path);
        ByteBuffer file = ByteBuffer.allocateDirect(bytes.length).put(0, bytes);
        for (int at = 0; at < file.capacity(); at += OpFile.SIZE) {
            Op op = OpFile.read(file, at);
            if (op.outcome() == Op.Outcome.NONE) {
                return;
            }
            to.accept(op);
        }
    }

    private static void checkPart(Path file, Map<Long, Long> stored, WindowedCheck check) throws IOException {
        Map<Long, List<Op>> byKey = new HashMap<>();
        read(
                file,
                op -> byKey.computeIfAbsent(op.key(), key -> new ArrayList<>()).add(op));
        byKey.forEach((key, ops) ->
                check.key(key, ops, Op.get(key, AFTER_ALL, AFTER_ALL, stored.getOrDefault(key, Op.NOTHING))));
    }

    /** Operations that were recorded on one key, in the order of their starts: to look at a finding. */
    List<Op> of(long key) throws IOException {
        List<Op> ops = new ArrayList<>();
        for (Path file : files()) {
            read(file, op -> {
                if (op.key() == key) {
                    ops.add(op);
                }
            });
        }
        ops.sort(Comparator.comparingLong(Op::start));
        return ops;
    }
}
