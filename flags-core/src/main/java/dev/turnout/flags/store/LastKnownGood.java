package dev.turnout.flags.store;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.document.DocumentException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The newest state of a store in a file, for a start without the store. Whole or not at all, also if the process is killed or the machine
 * stops in between: the new state is written beside the file, forced to the disk and checksummed before it takes the file's name; the file
 * before it is kept as {@code NAME.previous}. For one process. Thread-safe.
 */
public final class LastKnownGood {
    private static final Logger log = LoggerFactory.getLogger(LastKnownGood.class);
    private static final String FORMAT = "turnout-last-known-good 1 ";
    private static final long LARGEST = 64 << 20;
    // How often an unchanged file is marked as still being the newest state.
    private static final Duration CONFIRMED_EVERY = Duration.ofSeconds(10);

    /**
     * What was saved.
     *
     * @param snapshot the state
     * @param at when it was known for the last time to be the newest; to about ten seconds
     */
    public record Saved(Snapshot snapshot, Instant at) {}

    private final Path file;
    private final Path previous;
    private final Path next;
    private final TimeSource time;
    // All below is guarded by this.
    private @Nullable SnapshotId saved;
    private Instant confirmedAt = Instant.MIN;
    private boolean failing;

    /** In this file, whose directory must be there. */
    public LastKnownGood(Path file, TimeSource time) {
        this.file = requireNonNull(file, "file");
        this.time = requireNonNull(time, "time");
        previous = file.resolveSibling(file.getFileName() + ".previous");
        next = file.resolveSibling(file.getFileName() + ".next");
    }

    /**
     * Saves a state, unless it is the one that was saved last. Blocks until it is on the disk. Never throws: a failure is logged once, and
     * the next call tries again.
     *
     * @param snapshot what the store has now
     */
    public synchronized void save(Snapshot snapshot) {
        try {
            Instant now = time.now();
            if (!snapshot.id().equals(saved)) {
                write(snapshot);
                saved = snapshot.id();
                confirmedAt = now;
            } else if (confirmedAt.plus(CONFIRMED_EVERY).isBefore(now)) {
                Files.setLastModifiedTime(file, FileTime.from(now));
                confirmedAt = now;
            }
            if (failing) {
                failing = false;
                log.info("The last known good state is saved again in {}.", file);
            }
        } catch (Throwable e) { // the caller has others to look after
            saved = null;
            if (!failing) {
                failing = true;
                log.warn(
                        "The last known good state cannot be saved in {}. A start without the store would use an older one.",
                        file,
                        e);
            }
        }
    }

    private void write(Snapshot snapshot) throws IOException {
        byte[] state = SnapshotFormat.toJson(snapshot).getBytes(StandardCharsets.UTF_8);
        byte[] header = (FORMAT + checksum(state) + "\n").getBytes(StandardCharsets.US_ASCII);
        try (FileChannel channel = FileChannel.open(
                next, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            writeAll(channel, ByteBuffer.wrap(header));
            writeAll(channel, ByteBuffer.wrap(state));
            channel.force(true);
        }
        if (Files.exists(file)) {
            Files.move(file, previous, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        forceDirectory();
    }

    private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Makes the new name survive a loss of power; some systems cannot open a directory, and do without. */
    private void forceDirectory() {
        Path directory = requireNonNull(file.toAbsolutePath().getParent());
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            log.debug("Directory {} cannot be forced to the disk.", directory, e);
        }
    }

    /** The newest state that was saved whole; empty if there is none. A file that is not whole is logged. Blocks. */
    public synchronized Optional<Saved> read() {
        return read(file).or(() -> read(previous));
    }

    private static Optional<Saved> read(Path from) {
        try {
            if (Files.size(from) > LARGEST) {
                throw new IOException("it is larger than " + LARGEST + " bytes");
            }
            byte[] bytes = Files.readAllBytes(from);
            int end = 0;
            while (end < bytes.length && bytes[end] != '\n') {
                end++;
            }
            String header = new String(bytes, 0, end, StandardCharsets.US_ASCII);
            byte[] state = Arrays.copyOfRange(bytes, Math.min(end + 1, bytes.length), bytes.length);
            if (!header.equals(FORMAT + checksum(state))) {
                throw new IOException("its checksum is not that of its content");
            }
            Snapshot snapshot = SnapshotFormat.fromJson(from.toString(), new String(state, StandardCharsets.UTF_8));
            return Optional.of(
                    new Saved(snapshot, Files.getLastModifiedTime(from).toInstant()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | DocumentException e) {
            log.warn("Last known good state {} cannot be used: {}", from, e.getMessage());
            return Optional.empty();
        }
    }

    static String checksum(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256.", e);
        }
    }
}
