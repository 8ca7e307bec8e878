package dev.turnout.flags.store;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.document.DocumentException;
import dev.turnout.flags.document.DocumentReader;
import dev.turnout.flags.document.DocumentWriter;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.document.FlagDocument;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Flags in a YAML or JSON file, in UTF-8 or with a byte order mark in UTF-16, that operators edit manually, or through
 * the library. What they save is used within two seconds: as soon as it has stayed the same for one, so a half-saved
 * file is not read. A file that is not valid is refused as a whole, logged once with line and pointer, and the state
 * before it stays in use. Thread-safe.
 *
 * <p>Applying a {@link Change} writes the whole file again, in canonical form: comments are lost, which is logged. A
 * symbolic link stays, and so do mode, owner and group. Who changed what and why is kept in a file beside it, whose
 * name ends in {@code .history}. One process at a time may apply changes.
 */
public final class FileFlagStore implements EditableFlagStore {
    private static final Logger log = LoggerFactory.getLogger(FileFlagStore.class);
    private static final Duration PERIOD = Duration.ofMillis(250);
    private static final int LARGEST = 8 << 20;

    private static final Duration WHILE_WRITTEN = Duration.ofMillis(50);
    private static final Duration QUIET = Duration.ofSeconds(1);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private final Path file;
    private final TimeSource time;
    private final Watchers watchers = new Watchers();
    private final PeriodicTask polling;
    private final LogThrottle failures;
    private volatile long readAtNanos;
    // All below is guarded by this.
    private final FlagFileHistory history = new FlagFileHistory();
    private Snapshot current = Snapshot.EMPTY;
    private String currentText = "";
    private @Nullable String newText; // which is not used before it has been there for a while
    private long newSinceNanos;
    private @Nullable String refusedText;
    private @Nullable RuntimeException refused;

    FileFlagStore(Path file, TimeSource time) {
        this.file = requireNonNull(file, "file");
        this.time = time;
        failures = new LogThrottle(FileFlagStore.class, time);
        readAtNanos = time.nanoTime();
        poll(); // no watcher yet: watchers get newer states only
        polling = PeriodicTask.start("turnout-file-" + file.getFileName(), PERIOD, this::poll);
    }

    /** Reads the file whenever it changes. If it cannot be read now, {@link #read} reports why. */
    public static FileFlagStore watching(Path file) {
        return new FileFlagStore(file, TimeSource.SYSTEM);
    }

    /** Looks at the file, as the watching thread does all the time. Never throws: what is wrong is logged. */
    void poll() {
        try {
            if (look() != null) {
                watchers.tell(this::current);
            }
            failures.worksAgain("Flag file {} is read again.", file);
        } catch (FlagStoreException | DocumentException e) { // logged already
            log.debug("The state before stays in use.", e);
        } catch (Throwable e) {
            failures.error(e, "Flag file {} cannot be read; the state before stays in use.", file);
        }
    }

    /**
     * The newest valid state of the file, as soon as it is not being written. A file that is not valid is logged once,
     * and refused as often as it is asked for.
     */
    private Snapshot load() {
        long end = time.nanoTime() + LONGEST_WAIT.toNanos();
        while (true) {
            Snapshot snapshot = look();
            if (snapshot != null) {
                return snapshot;
            }
            if (time.nanoTime() - end >= 0 || Thread.currentThread().isInterrupted()) {
                throw new FlagStoreException(
                        "Flag file " + file + " cannot be read: it is being written all the time.");
            }
            time.pause(WHILE_WRITTEN);
        }
    }

    /** The same; {@code null} if the file may still be written. */
    private synchronized @Nullable Snapshot look() {
        String text;
        FileTime modified;
        try {
            modified = Files.getLastModifiedTime(file);
            text = textOf(file);
        } catch (IOException | FlagStoreException e) {
            FlagStoreException problem = new FlagStoreException("Flag file " + file + " cannot be read: " + e, e);
            newText = null;
            refuse("", problem);
            throw problem;
        }
        if (text.equals(currentText) && current.revision() > 0) {
            newText = null;
            accepted();
            return current;
        }
        if (refused != null && text.equals(refusedText)) {
            throw refused;
        }
        if (!isSettled(text, modified)) {
            return null;
        }
        try {
            use(DocumentReader.read(String.valueOf(file.getFileName()), text), text, modified);
        } catch (DocumentException e) {
            refuse(text, e);
            throw e;
        }
        return current;
    }

    /** Whether it was not written for a while: by the file's own time or, if that is of no use, by ours. */
    private boolean isSettled(String text, FileTime modified) {
        if (!text.equals(newText)) {
            newText = text;
            newSinceNanos = time.nanoTime();
        }
        return !modified.toInstant().plus(QUIET).isAfter(time.now())
                || time.nanoTime() - newSinceNanos >= QUIET.toNanos();
    }

    private static String textOf(Path file) throws IOException {
        if (!Files.isRegularFile(file)) { // to read another would block, or fail in other words
            if (Files.exists(file)) {
                throw new FlagStoreException("it is not a file.");
            }
            throw new NoSuchFileException(file.toString());
        }
        if (Files.size(file) > LARGEST) {
            throw new FlagStoreException("it is larger than " + LARGEST + " bytes.");
        }
        byte[] bytes = Files.readAllBytes(file);
        boolean isUtf16 = bytes.length >= 2 && (bytes[0] & bytes[1] & 0xff) == 0xfe && bytes[0] != bytes[1];
        try {
            return (isUtf16 ? StandardCharsets.UTF_16 : StandardCharsets.UTF_8)
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new FlagStoreException("it is not text in UTF-8; save it with that encoding.", e);
        }
    }

    private void use(FlagDocument document, String text, FileTime modified) {
        history.refresh(target());
        boolean isOurs = history.endsWith(text) && history.revision() > current.revision();
        if (!isOurs) { // else it was checked when it was written, maybe after states that this process has not seen
            current.document().checkSuccessor(document);
        }
        // Nodes that read the same file report the same revision, and it grows over a restart.
        long revision = isOurs
                ? history.revision()
                : Math.max(Math.max(current.revision(), history.revision()) + 1, modified.toMillis());
        SnapshotId id = idOf(revision, text);
        LastChange change = new LastChange(id.change(), modified.toInstant(), "file", "edited manually");
        Map<EntryKey, LastChange> known = history.changesOf(document);
        Map<EntryKey, LastChange> changes = new HashMap<>();
        document.keys().forEach(key -> {
            LastChange before = current.changes().get(key);
            boolean same = document.entry(key).equals(current.document().entry(key));
            changes.put(key, same && before != null ? before : known.getOrDefault(key, change));
        });
        current = new Snapshot(id, document, changes);
        currentText = text;
        newText = null;
        accepted();
    }

    /** All processes that read the same text give it the same name. */
    private static SnapshotId idOf(long revision, String text) {
        return new SnapshotId("", revision, FlagFileHistory.checksum(text).substring(0, 16));
    }

    private synchronized Snapshot current() {
        return current;
    }

    private void accepted() {
        readAtNanos = time.nanoTime();
        if (refused != null && current.revision() > 0) {
            log.info("Flag file {} is valid again, revision {}.", file, current.revision());
        }
        refused = null;
        refusedText = null;
    }

    private void refuse(String text, RuntimeException problem) {
        boolean known = refused != null && Objects.equals(refused.getMessage(), problem.getMessage());
        refusedText = text;
        refused = problem;
        if (!known && current.revision() > 0) {
            log.warn("{} Revision {} stays in use.", problem.getMessage(), current.revision());
        }
    }

    @Override
    public Snapshot read() {
        return load();
    }

    @Override
    public Snapshot apply(Change change) {
        Snapshot next = null;
        while (next == null) {
            next = applied(change, load());
        }
        watchers.tell(this::current);
        return next;
    }

    /** {@code null} if the file has changed since it was read. */
    private synchronized @Nullable Snapshot applied(Change change, Snapshot read) {
        if (!read.id().equals(current.id())) {
            return null;
        }
        Snapshot.Applied applied = current.apply(change, time.now());
        String text = DocumentWriter.toYaml(applied.snapshot().document());
        try {
            if (!textOf(file).equals(currentText)) {
                return null;
            }
            if (DocumentReader.hasComments(currentText)) {
                log.warn("Flag file {} is written by the library, for {}: its comments are lost.", file, change.by());
            }
            ReplacedFile.replace(target(), text, target());
        } catch (IOException | FlagStoreException e) {
            throw new FlagStoreException(
                    "Flag file " + file + " cannot be written; the change was not applied: " + e, e);
        }
        Snapshot next = applied.snapshot();
        current = new Snapshot(idOf(next.revision(), text), next.document(), next.changes());
        currentText = text;
        history.add(target(), applied.audit(), text);
        return current;
    }

    /** The file itself, if its name is a symbolic link. */
    private Path target() {
        try {
            return file.toRealPath();
        } catch (IOException e) {
            return file;
        }
    }

    @Override
    public synchronized List<AuditEntry> history(int limit) {
        history.refresh(target());
        return history.newest(limit);
    }

    @Override
    public Subscription watch(Consumer<Snapshot> watcher) {
        return watchers.add(requireNonNull(watcher, "watcher"));
    }

    /** As the interface states; a file that is not valid counts as one that cannot be read. */
    @Override
    public Duration age() {
        return Duration.ofNanos(time.nanoTime() - readAtNanos);
    }

    @Override
    public void close() {
        polling.close();
    }
}
